"""Judges, their versions, and making them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling, trigger_client_event

from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.wording import say
from models_llm.choices import JudgeKind
from models_llm.errors import ModelsLLMError
from models_llm.forms.judges import BaselineForm
from models_llm.forms.runs import RunForm
from models_llm.judging import KINDS, prompts_of
from models_llm.models import JudgeVersion
from models_llm.selectors.differences import Change, changes
from models_llm.selectors.examples import frozen_examples
from models_llm.selectors.fits import fits_of
from models_llm.selectors.judges import described_config, low_mass_verdicts, versions_of, whole_versions
from models_llm.selectors.runs import recent_runs
from models_llm.selectors.selection import N_TRIAL
from models_llm.services.fits import request_fit
from models_llm.services.judge_documents import document_of
from models_llm.templatetags.judging import said
from models_llm.views.audits import audit_section

FITS_SHOWN: Final = 5


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def judges(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The page; or the versions or the newest fits alone, whichever of them asks."""
    if request.htmx and request.htmx.target == "versions":
        return render(request, "models_llm/_versions.html", {"versions": versions_of(membership.project)})
    if request.htmx and not request.htmx.boosted:
        context = _newest_fits(membership)
        partial = render(request, "models_llm/_fits.html", context)
        if context["is_fitting"]:
            return partial
        return trigger_client_event(HttpResponseStopPolling(partial.content), "fits-ended")
    return _page(request, membership)


@require_POST
@member_view(Capability.RUN_JUDGES)
def fit_baseline(request: SignedInRequest, membership: Membership) -> HttpResponse:
    form = BaselineForm(request.POST)
    if form.is_valid():
        try:
            request_fit(project=membership.project, user=request.user, **form.cleaned_data)
        except ModelsLLMError as err:
            form.add_error(None, say(err))
        else:
            return redirect(f"{reverse('models_llm:judges', args=[membership.project.slug])}#fits")
    return _page(request, membership, baseline_form=form)


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def judge(request: SignedInRequest, membership: Membership, version_id: int) -> HttpResponse:
    version = get_object_or_404(whole_versions(membership.project), pk=version_id)
    is_described = version.judge.kind in list(KINDS)
    prompts = prompts_of(described_config(version), version.rubric.spec()) if "prompt" in version.config else None
    context = {
        "version": version,
        "kind": KINDS[JudgeKind(version.judge.kind)] if is_described else None,
        "described_by": list(_described_by(version)),
        "members": version.config.get("members", ()),
        "examples": frozen_examples(version, viewer=request.user),
        "texts": {name: text for name, text in version.config.get("prompt", {}).items() if text and name != "name"},
        "system_text": prompts.system if prompts else "",
        "criteria": _evaluated(version),
        "n_low_mass": low_mass_verdicts(version),
        "changes": _changes(version) if is_described else None,
        "runs": recent_runs(membership.project, version=version),
        "run_form": RunForm(project=membership.project, fixed=version),
        "n_trial": N_TRIAL,
        "may_run": may(membership, Capability.RUN_JUDGES),
        **audit_section(membership, version),
        "others": versions_of(membership.project).filter(judge=version.judge).exclude(pk=version.pk),
    }
    return render(request, "models_llm/judge.html", context)


def _described_by(version: JudgeVersion) -> Iterator[tuple[str, str]]:
    """Settings of its engine, its kind and its sampling, by name and as text; what is empty is left out."""
    settings = {
        f"{title}{name.replace('_', ' ')}": value
        for title, part in ((gettext("Engine: "), "engine"), ("", "protocol"), (gettext("Sampling: "), "sampling"))
        for name, value in version.config.get(part, {}).items()
    }
    for name, value in settings.items():
        if isinstance(value, bool):
            yield said(_capitalised(name)), gettext("yes") if value else gettext("no")
        elif isinstance(value, Mapping):
            yield said(_capitalised(name)), ", ".join(f"{key} {part}" for key, part in value.items())
        elif isinstance(value, list):
            yield said(_capitalised(name)), ", ".join(map(str, value))
        elif value != "":
            yield said(_capitalised(name)), str(value)


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]


def _changes(version: JudgeVersion) -> tuple[JudgeVersion, tuple[Change, ...]] | None:
    """The version before this one, and what is other in this one; None for a first one."""
    before = whole_versions(version.judge.project).filter(judge=version.judge, number=version.number - 1).first()
    return None if before is None else (before, changes(_described(before), _described(version)))


def _described(version: JudgeVersion) -> dict[str, object]:
    """Its document, with the items that its examples are instead of the version that they are like."""
    shown = version.config.get("fitted_item_ids", ())[: len(version.config.get("examples", ()))]
    return document_of(version) | {gettext("items of examples"): ", ".join(map(str, shown)), "examples": None}


def _evaluated(version: JudgeVersion) -> list[dict[str, object]]:
    """Held-out figures with the criteria's own names beside them."""
    if not version.evaluation:
        return []
    criteria = {criterion.key: criterion for criterion in version.rubric.spec().criteria}
    return [
        {
            **row,
            "name": criteria[row["key"]].name,
            "majority_label": criteria[row["key"]].levels[row["majority_level"]].label,
        }
        for row in version.evaluation["criteria"]
    ]


def _newest_fits(membership: Membership) -> dict[str, object]:
    fits = list(fits_of(membership.project)[:FITS_SHOWN])
    return {"fits": fits, "is_fitting": any(fit.is_unfinished for fit in fits)}


def _page(
    request: SignedInRequest,
    membership: Membership,
    *,
    baseline_form: BaselineForm | None = None,
) -> HttpResponse:
    context = {
        "versions": versions_of(membership.project),
        **_newest_fits(membership),
        "baseline_form": baseline_form or BaselineForm(auto_id="baseline_%s"),
        "may_run": may(membership, Capability.RUN_JUDGES),
    }
    return render(request, "models_llm/judges.html", context, status=422 if baseline_form else 200)
