"""Judges, their versions, and making them."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling, trigger_client_event

from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, may, member_view
from models_llm.errors import ModelsLLMError
from models_llm.forms.judges import BaselineForm, RunForm, ServedJudgeForm
from models_llm.judging import prompts_of
from models_llm.models import JudgeVersion
from models_llm.selectors.fits import fits_of
from models_llm.selectors.judges import config_of, versions_of
from models_llm.selectors.runs import runs_of
from models_llm.services.fits import request_fit
from models_llm.services.judges import create_served_judge
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
            form.add_error(None, str(err))
        else:
            return redirect(f"{reverse('models_llm:judges', args=[membership.project.slug])}#fits")
    return _page(request, membership, baseline_form=form)


@require_POST
@member_view(Capability.RUN_JUDGES)
def add_served(request: SignedInRequest, membership: Membership) -> HttpResponse:
    form = ServedJudgeForm(request.POST)
    if form.is_valid():
        fields = form.cleaned_data
        try:
            version = create_served_judge(
                project=membership.project,
                name=fields["name"],
                url=fields["url"],
                model=fields["model"],
                sampling=form.sampling(),
            )
        except ModelsLLMError as err:
            form.add_error(None, str(err))
        else:
            messages.success(request, f"{version.rater} is frozen. Start a run to let it judge.")
            return redirect("models_llm:judge", membership.project.slug, version.pk)
    return _page(request, membership, served_form=form)


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def judge(request: SignedInRequest, membership: Membership, version_id: int) -> HttpResponse:
    version = get_object_or_404(
        JudgeVersion.objects.select_related("judge", "rater", "rubric").defer("artifact"),
        pk=version_id,
        judge__project=membership.project,
    )
    prompts = prompts_of(config_of(version), version.rubric.spec()) if "prompt" in version.config else None
    context = {
        "version": version,
        "engine_settings": version.config.get("engine", {}),
        "sampling": version.config.get("sampling", {}),
        "template": version.config.get("prompt"),
        "system_text": prompts.system if prompts else "",
        "criteria": _evaluated(version),
        "runs": runs_of(membership.project).filter(judge_version=version),
        "run_form": RunForm(project=membership.project, fixed=version),
        "may_run": may(membership, Capability.RUN_JUDGES),
        **audit_section(membership, version),
        "others": versions_of(membership.project).filter(judge=version.judge).exclude(pk=version.pk),
    }
    return render(request, "models_llm/judge.html", context)


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
    served_form: ServedJudgeForm | None = None,
) -> HttpResponse:
    context = {
        "versions": versions_of(membership.project),
        **_newest_fits(membership),
        "baseline_form": baseline_form or BaselineForm(auto_id="baseline_%s"),
        "served_form": served_form or ServedJudgeForm(auto_id="served_%s"),
        "may_run": may(membership, Capability.RUN_JUDGES),
    }
    return render(request, "models_llm/judges.html", context, status=422 if baseline_form or served_form else 200)
