"""Trying a changed judge on one item, beside the version that it was made from."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import push_url

from annotations.choices import WorkState
from annotations.errors import AnnotationsError
from annotations.models import Item, Membership, User
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.items import held_by, not_held_by
from annotations.wording import say
from models_llm.choices import JudgeKind
from models_llm.errors import ModelsLLMError
from models_llm.forms.new_judge import TrialForm
from models_llm.judging import KINDS
from models_llm.models import DraftTrial, JudgeVersion
from models_llm.selectors.draft_trials import compare, trials_of
from models_llm.selectors.judges import whole_versions
from models_llm.services.draft_trials import request_trial, save_trial
from models_llm.services.judge_documents import document_of


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Capability.RUN_JUDGES)
def playground(request: SignedInRequest, membership: Membership, version_id: int) -> HttpResponse:
    """The draft and, with `trial`, what came of it; that alone for whoever polls."""
    version = get_object_or_404(whole_versions(membership.project), pk=version_id, judge__kind__in=list(KINDS))
    trial = _trial(request, membership, version)
    if request.method == "POST":
        return _try(request, membership, version)
    if request.htmx and trial is not None:
        return render(request, "models_llm/_draft_trial.html", _trial_context(trial, request.user))
    return _page(request, version, _form(request, version, trial), trial)


@require_POST
@member_view(Capability.RUN_JUDGES)
def save_draft(request: SignedInRequest, membership: Membership, trial_id: int) -> HttpResponse:
    """Freeze the draft of a trial as the next version."""
    trial = get_object_or_404(trials_of(membership.project), pk=trial_id)
    name = request.POST.get("name", "").strip()[:120] or trial.judge_version.judge.name
    try:
        version = save_trial(trial=trial, name=name)
    except ModelsLLMError as err:
        messages.error(request, say(err))
        address = reverse("models_llm:playground", args=[membership.project.slug, trial.judge_version_id])
        return redirect(f"{address}?trial={trial.pk}")
    messages.success(request, gettext("%(judge)s is frozen. Start a run to let it judge.") % {"judge": version.rater})
    return redirect("models_llm:judge", membership.project.slug, version.pk)


def _try(request: SignedInRequest, membership: Membership, version: JudgeVersion) -> HttpResponse:
    form = TrialForm(request.POST, project=membership.project, **_source(version))
    if not form.is_valid():
        return _page(request, version, form, None)
    item = form.cleaned_data["item"]
    if item is not None and held_by(request.user, [item.pk]):
        form.add_error(
            "item", gettext("You hold this item for review: what a judge says of it is shown once you have answered.")
        )
        return _page(request, version, form, None)
    try:
        trial = request_trial(version=version, document=form.document(), user=request.user, **form.chosen())
    except (ModelsLLMError, AnnotationsError) as err:
        form.refuse(err)
        return _page(request, version, form, None)
    address = f"{reverse('models_llm:playground', args=[membership.project.slug, version.pk])}?trial={trial.pk}"
    if request.htmx:
        return push_url(_page(request, version, form, trial), address)
    return redirect(f"{address}#draft-trial")


def _trial(request: SignedInRequest, membership: Membership, version: JudgeVersion) -> DraftTrial | None:
    asked = request.GET.get("trial", "")
    if not asked:
        return None
    trial = trials_of(membership.project).filter(judge_version=version)
    found = trial.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 15 else None
    if found is None:
        raise Http404
    return found


def _form(request: SignedInRequest, version: JudgeVersion, trial: DraftTrial | None) -> TrialForm:
    """The version as it stands, or the draft of a trial as it was tried; on an item that the reader may see judged."""
    if trial is not None:
        external_id = trial.item.external_id if trial.item else ""
        source = _source(version) | {"written": trial.document}
    else:
        asked = Item.objects.filter(project=version.judge.project, external_id=request.GET.get("item", "")).first()
        item = asked or not_held_by(request.user, Item.objects.filter(project=version.judge.project)).first()
        external_id = item.external_id if item else ""
        source = _source(version)
    content = json.dumps(trial.content, ensure_ascii=False, indent=1) if trial and trial.content else ""
    initial = {"item": external_id, "content": content}
    return TrialForm(project=version.judge.project, initial=initial, **source)


def _source(version: JudgeVersion) -> dict[str, Any]:
    return {"kind": JudgeKind(version.judge.kind), "source": version, "written": document_of(version)}


def _page(request: SignedInRequest, version: JudgeVersion, form: TrialForm, trial: DraftTrial | None) -> HttpResponse:
    context = {"version": version, "form": form, "kind": form.kind}
    context |= {"trial": None} if trial is None else _trial_context(trial, request.user)
    template = (
        "models_llm/_playground.html" if request.htmx and not request.htmx.boosted else "models_llm/playground.html"
    )
    is_refused = form.is_bound and trial is None
    return render(request, template, context, status=422 if is_refused else 200)


def _trial_context(trial: DraftTrial, viewer: User) -> dict[str, Any]:
    is_covered = trial.item_id is not None and bool(held_by(viewer, [trial.item_id]))
    is_ready = trial.state == WorkState.READY and not is_covered
    return {"trial": trial, "is_covered": is_covered, "comparison": compare(trial) if is_ready else None}
