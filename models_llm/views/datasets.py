"""Data sets of a project: what was exported from what, and a form for the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from annotations.choices import WorkState
from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.wording import say
from models_llm.datasets import JUDGEMENT_REASONS, REASONS, SHAPES, find_shape
from models_llm.errors import DatasetError
from models_llm.forms.datasets import LABELS, DatasetForm
from models_llm.models import Dataset
from models_llm.selectors.exports import archive_name, folder_of, paths_of, project_datasets, stream_archive
from models_llm.services.builds import request_dataset
from models_llm.services.datasets import Preview, preview_dataset

PREVIEW_ITEMS = 10_000


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Capability.EXPORT)
def datasets(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The list with the form; `?preview` counts what the form asks for, POST builds it."""
    project = membership.project
    form = DatasetForm(project=project)
    preview: Preview | None = None
    status = 200
    if request.method == "POST" or "preview" in request.GET:
        form = DatasetForm(request.POST if request.method == "POST" else request.GET, project=project)
        try:
            if form.is_valid() and request.method == "POST":
                dataset = request_dataset(project=project, query=form.query(), user=request.user)
                return redirect("models_llm:dataset", project.slug, dataset.pk)
            if form.is_valid():
                preview = preview_dataset(project=project, query=form.query(), at_most=PREVIEW_ITEMS)
        except DatasetError as err:
            form.add_error(None, say(err))
        status = 200 if form.is_valid() else 422
    context = {
        "form": form,
        "shapes": SHAPES,
        "preview": preview and _describe_preview(preview),
        "datasets": project_datasets(project)[:100],
    }
    return render(request, "models_llm/datasets.html", context, status=status)


@require_safe
@member_view(Capability.EXPORT)
def dataset(request: SignedInRequest, membership: Membership, dataset_id: int) -> HttpResponse:
    found = _find(membership, dataset_id)
    if request.htmx and not request.htmx.boosted:
        if not found.is_unfinished:
            return HttpResponseClientRefresh()
        return render(request, "models_llm/_dataset_progress.html", {"dataset": found, "project": membership.project})
    context = {
        "dataset": found,
        "shape": find_shape(found.shape),
        "labels": LABELS[found.params["labels"]],
        "left_out": _worded(found.manifest["counts"]["left_out"], REASONS) if found.manifest else [],
        "judgements_left_out": _worded(found.manifest["counts"]["judgements_left_out"], JUDGEMENT_REASONS)
        if found.manifest
        else [],
    }
    return render(request, "models_llm/dataset.html", context)


@require_safe
@member_view(Capability.EXPORT)
def download(request: SignedInRequest, membership: Membership, dataset_id: int) -> HttpResponseBase:  # noqa: ARG001
    found = _find_ready(membership, dataset_id)
    return StreamingHttpResponse(
        stream_archive(found),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{archive_name(found)}.zip"'},
    )


@require_safe
@member_view(Capability.EXPORT)
def download_file(
    request: SignedInRequest,  # noqa: ARG001
    membership: Membership,
    dataset_id: int,
    path: str,
) -> HttpResponseBase:
    """One file of a data set: only those that its manifest lists exist."""
    found = _find_ready(membership, dataset_id)
    if path not in paths_of(found):
        raise Http404
    return FileResponse((folder_of(found) / path).open("rb"), as_attachment=True, filename=path.rsplit("/", 1)[-1])


def _find(membership: Membership, dataset_id: int) -> Dataset:
    rows = Dataset.objects.filter(project=membership.project).select_related("project", "created_by")
    return get_object_or_404(rows, pk=dataset_id)


def _find_ready(membership: Membership, dataset_id: int) -> Dataset:
    found = _find(membership, dataset_id)
    if found.state != WorkState.READY:
        raise Http404
    return found


@dataclass(frozen=True)
class _Counted:
    n: int
    words: str


@dataclass(frozen=True)
class _PreviewLines:
    n_rows: int
    n_read: int
    n_items: int
    is_whole: bool
    left_out: list[_Counted]
    judgements_left_out: list[_Counted]


def _describe_preview(preview: Preview) -> _PreviewLines:
    return _PreviewLines(
        n_rows=preview.tally.n_rows,
        n_read=preview.n_read,
        n_items=preview.n_items,
        is_whole=preview.n_read == preview.n_items,
        left_out=_worded(preview.tally.left_out, REASONS),
        judgements_left_out=_worded(preview.reading.left_out, JUDGEMENT_REASONS),
    )


def _worded(counts: Mapping[str, int], words: Mapping[str, str]) -> list[_Counted]:
    """Counts by reason in words, the largest first."""
    return [_Counted(n, words[reason]) for reason, n in Counter(counts).most_common() if n]
