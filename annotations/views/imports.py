"""Uploading files, watching them go in, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseStopPolling

from annotations.choices import BatchState
from annotations.errors import ImportRefusedError
from annotations.formats import csv_lines
from annotations.forms.imports import UploadForm
from annotations.models import Batch, Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.imports import batches_of, refusal_counts
from annotations.services.imports import receive_upload
from annotations.views.import_preview import PreviewLine, preview_lines
from annotations.wording import say

PAGE_ROWS: Final = 50
_OPEN: Final = (BatchState.WAITING, BatchState.RUNNING)


@require_http_methods(["GET", "POST"])
@member_view(Capability.IMPORT)
def imports(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    rubric = project.current_rubric()
    spec = rubric.spec()
    form = UploadForm(request.POST or None, request.FILES or None, rubric=spec)
    is_preview = "preview" in request.POST
    preview: list[PreviewLine] = []
    if is_preview and form.is_valid():
        try:
            preview = preview_lines(form.cleaned_data["file"], form.reader, spec)
        except ImportRefusedError as err:
            form.add_error("file", say(err))
    elif request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            batch = receive_upload(
                project=project,
                name=upload.name,
                blocks=upload.chunks(),
                kind=form.kind,
                mapping=form.mapping,
                mapping_name=form.mapping_name,
                producer=form.cleaned_data["producer"],
                round_number=form.cleaned_data["round"],
                is_strict=form.cleaned_data["is_strict"],
                created_by=request.user,
            )
        except ImportRefusedError as err:
            form.add_error("file", say(err))
        else:
            return redirect("annotations:import", project.slug, batch.pk)
    page = Paginator(batches_of(project), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "rubric": rubric, "spec": spec, "preview": preview, "is_preview": is_preview}
    template = "_upload.html" if is_preview and request.htmx else "imports.html"
    return render(request, f"annotations/{template}", context, status=422 if form.errors else 200)


@require_safe
@member_view(Capability.IMPORT)
def import_detail(request: SignedInRequest, membership: Membership, batch_id: int) -> HttpResponse:
    """The page, or only its live part for htmx, which stops asking once the import is closed."""
    batch = get_object_or_404(batches_of(membership.project), pk=batch_id)
    context = {
        "batch": batch,
        "is_open": batch.state in _OPEN,
        "rows_per_s": _rate(batch),
        "reasons": refusal_counts(batch),
        "unmapped": sorted(batch.unmapped.items()),
    }
    if request.htmx and not request.htmx.boosted:
        live = render(request, "annotations/_import.html", context)
        return live if context["is_open"] else HttpResponseStopPolling(live.content)
    code = request.GET.get("reason", "")
    refusals = batch.refusals.order_by("row_number", "pk")
    shown = refusals.filter(code=code) if code else refusals
    context |= {
        "page": Paginator(shown, PAGE_ROWS).get_page(request.GET.get("page")),
        "reason": code,
        "query": urlencode({"reason": code}) if code else "",
    }
    return render(request, "annotations/import.html", context)


@require_safe
@member_view(Capability.IMPORT)
def refusals_csv(request: SignedInRequest, membership: Membership, batch_id: int) -> StreamingHttpResponse:  # noqa: ARG001
    """All refused rows, for a spreadsheet."""
    batch = get_object_or_404(batches_of(membership.project), pk=batch_id)
    name = f"{membership.project.slug}-import-{batch.pk}-refused.csv"
    return StreamingHttpResponse(
        _csv_lines(batch),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv_lines(batch: Batch) -> Iterator[str]:
    rows = batch.refusals.order_by("row_number", "pk").values_list("row_number", "code", "message", "content")
    return csv_lines(("row", "code", "message", "content"), rows.iterator(chunk_size=2_000))


def _rate(batch: Batch) -> int | None:
    if batch.started_at is None or not batch.n_read:
        return None
    seconds = ((batch.finished_at or timezone.now()) - batch.started_at).total_seconds()
    return round(batch.n_read / seconds) if seconds > 0 else None
