"""Runs: starting, following and changing them."""

from __future__ import annotations

import math
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling, trigger_client_event

from annotations.choices import Outcome
from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, may, member_view
from models_llm.choices import Flag, RunState
from models_llm.errors import ModelsLLMError
from models_llm.forms.judges import RetryForm, RunForm
from models_llm.models import Run
from models_llm.selectors.flags import flag_counts
from models_llm.selectors.judges import runnable_versions
from models_llm.selectors.runs import recent_runs, run_progress, runs_of, verdict_samples
from models_llm.services.runs import CHANGES, UNRATED, retry_failed, start_run


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def runs(request: SignedInRequest, membership: Membership) -> HttpResponse:
    return _page(request, membership, RunForm(project=membership.project))


@require_POST
@member_view(Capability.RUN_JUDGES)
def start(request: SignedInRequest, membership: Membership) -> HttpResponse:
    form = RunForm(request.POST, project=membership.project)
    if not form.is_valid():
        return _page(request, membership, form)
    run = start_run(
        version=form.cleaned_data["version"],
        selection=form.selection(),
        seed=form.cleaned_data["seed"],
        user=request.user,
    )
    if not run.n_items:
        messages.info(request, "Nothing was selected: this version has judged every item it may.")
    return redirect("models_llm:run", membership.project.slug, run.pk)


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def run(request: SignedInRequest, membership: Membership, run_id: int) -> HttpResponse:
    """The page; or its progress or its samples alone, whichever of them asks."""
    found = _run_or_404(membership, run_id)
    progress = run_progress(found)
    context: dict[str, Any] = {
        "run": found,
        "progress": progress,
        "rate_words": _rate_words(progress.rate),
        "left_words": _duration_words(progress.left_s),
        "is_running": progress.state is RunState.RUNNING,
        "may_run": may(membership, Capability.RUN_JUDGES),
        "unrated": [outcome for outcome in UNRATED if progress.outcomes[outcome]],
    }
    if request.htmx and not request.htmx.boosted and request.htmx.target != "run-samples":
        partial = render(request, "models_llm/_run_progress.html", context)
        if progress.state is RunState.RUNNING:
            return partial
        return trigger_client_event(HttpResponseStopPolling(partial.content), "run-ended")
    shown = _shown(request)
    context |= {
        "shown": shown,
        "samples": verdict_samples(found, shown, viewer=request.user),
        "flags": flag_counts(found),
    }
    is_partial = request.htmx and not request.htmx.boosted
    return render(request, "models_llm/_run_samples.html" if is_partial else "models_llm/run.html", context)


@require_POST
@member_view(Capability.RUN_JUDGES)
def change(request: SignedInRequest, membership: Membership, run_id: int, action: str) -> HttpResponse:
    """Pause, resume, cancel, or retry the items whose outcome is among the chosen ones."""
    found = _run_or_404(membership, run_id)
    try:
        if action == "retry":
            form = RetryForm(request.POST)
            outcomes = form.cleaned_data["outcomes"] if form.is_valid() else [Outcome.FAILED]
            messages.success(request, f"{retry_failed(run=found, outcomes=outcomes)} items are judged again.")
        elif action in CHANGES:
            CHANGES[action](run=found)
        else:
            raise Http404
    except ModelsLLMError as err:
        messages.error(request, str(err))
    return redirect("models_llm:run", membership.project.slug, found.pk)


def _page(request: SignedInRequest, membership: Membership, form: RunForm) -> HttpResponse:
    context = {
        "lines": recent_runs(membership.project),
        "form": form,
        "may_run": may(membership, Capability.RUN_JUDGES),
        "has_judges": runnable_versions(membership.project).exists(),
    }
    return render(request, "models_llm/runs.html", context, status=422 if form.errors else 200)


def _run_or_404(membership: Membership, run_id: int) -> Run:
    return get_object_or_404(runs_of(membership.project), pk=run_id)


def _rate_words(rate: float) -> str:
    return "no verdict yet" if math.isnan(rate) else f"{rate:,.1f} items/s"


def _duration_words(seconds: float | None) -> str:
    """A rough length of time: "40 s", "12 min", "3.5 h"."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _shown(request: SignedInRequest) -> Outcome | Flag:
    """The outcome or the flag whose verdicts are asked for."""
    asked = request.GET.get("verdicts", "")
    if asked in list(Flag):
        return Flag(asked)
    return Outcome(asked) if asked in list(Outcome) else Outcome.RATED
