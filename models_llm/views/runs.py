"""Runs: starting, following and changing them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling, trigger_client_event

from annotations.choices import Outcome
from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.templatetags.figures import decimal
from annotations.wording import say
from models_llm.choices import UNDER_WAY, Flag, RunState
from models_llm.errors import ModelsLLMError
from models_llm.forms.runs import WHICH, LimitsForm, RetryForm, RunForm
from models_llm.models import Run
from models_llm.selectors.flags import flag_counts
from models_llm.selectors.judges import runnable_versions
from models_llm.selectors.runs import RunProgress, last_retry, recent_runs, run_progress, runs_of, verdict_samples
from models_llm.selectors.selection import N_TRIAL, count_selected, stored_selection
from models_llm.selectors.trials import forecast
from models_llm.selectors.unrated import unrated_verdicts
from models_llm.services.retrying import request_retry
from models_llm.services.runs import CHANGES, UNRATED, count_rest, run_rest, set_limits, start_run


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def runs(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The list with the form; `?preview` counts what the form asks for."""
    if "preview" not in request.GET:
        return _page(request, membership, RunForm(project=membership.project))
    form = RunForm(request.GET, project=membership.project)
    n_selected = count_selected(form.cleaned_data["version"], form.selection()) if form.is_valid() else None
    if request.htmx and not request.htmx.boosted:
        return render(request, "models_llm/_run_preview.html", {"n_selected": n_selected})
    return _page(request, membership, form, n_selected=n_selected)


@require_POST
@member_view(Capability.RUN_JUDGES)
def start(request: SignedInRequest, membership: Membership) -> HttpResponse:
    form = RunForm(request.POST, project=membership.project)
    if not form.is_valid():
        return _page(request, membership, form)
    run = start_run(
        version=form.cleaned_data["version"],
        selection=form.selection(is_trial="trial" in request.POST),
        limits=form.limits(),
        seed=form.cleaned_data["seed"],
        user=request.user,
    )
    return redirect("models_llm:run", membership.project.slug, run.pk)


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def run(request: SignedInRequest, membership: Membership, run_id: int) -> HttpResponse:
    """The page; or its progress, its forecast or its samples alone, whichever of them asks."""
    found = _run_or_404(membership, run_id)
    progress = run_progress(found)
    retry = last_retry(found)
    goes_on = found.goes_on or (retry is not None and retry.is_unfinished)
    context: dict[str, Any] = {
        "run": found,
        "progress": progress,
        "rate_words": "" if progress.state is RunState.PAUSED else _rate_words(progress.rate),
        "left_words": _duration_words(progress.left_s),
        "is_under_way": progress.state in UNDER_WAY,
        "goes_on": goes_on,
        "retry": retry,
        "may_run": may(membership, Capability.RUN_JUDGES),
        "n_unrated": progress.n_unrated,
        "used": metering_lines(progress),
    }
    is_partial = request.htmx and not request.htmx.boosted
    if is_partial and request.htmx.target == "forecast":
        context |= _ahead(found, progress)
        return render(request, "models_llm/_run_forecast.html", context) if context["forecast"] else HttpResponse()
    if is_partial and request.htmx.target != "run-samples":
        partial = render(request, "models_llm/_run_progress.html", context | {"is_polled": True})
        if goes_on:
            return partial
        return trigger_client_event(HttpResponseStopPolling(partial.content), "run-ended")
    shown = _shown(request)
    context |= {
        "shown": shown,
        "samples": verdict_samples(found, shown, viewer=request.user),
        "flags": flag_counts(found),
    }
    if is_partial:
        return render(request, "models_llm/_run_samples.html", context)
    selection = stored_selection(found)
    context |= {
        "selection": selection,
        "which_words": WHICH[selection.which],
        "limits_form": LimitsForm.of(found),
        **_ahead(found, progress),
    }
    return render(request, "models_llm/run.html", context)


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def unrated(request: SignedInRequest, membership: Membership, run_id: int) -> HttpResponse:
    """The run's verdicts without ratings, by outcome, to read and to judge again."""
    found = _run_or_404(membership, run_id)
    asked = request.GET.get("outcome", "")
    shown = Outcome(asked) if asked in UNRATED else None
    before = request.GET.get("before", "")
    progress = run_progress(found)
    context = {
        "run": found,
        "progress": progress,
        "outcomes": [(outcome, progress.outcomes[outcome]) for outcome in UNRATED],
        "shown": shown,
        "page": unrated_verdicts(
            found,
            viewer=request.user,
            outcomes=[shown] if shown else (),
            before=int(before) if before.isdecimal() else None,
        ),
        "may_retry": may(membership, Capability.RUN_JUDGES) and found.state != RunState.CANCELLED,
    }
    return render(request, "models_llm/unrated.html", context)


@require_POST
@member_view(Capability.RUN_JUDGES)
def change(request: SignedInRequest, membership: Membership, run_id: int, action: str) -> HttpResponse:
    """Pause, resume, cancel; change the limits; judge the rest of a trial; or retry what is chosen."""
    found = _run_or_404(membership, run_id)
    try:
        if action == "retry":
            _retry(request, found)
        elif action == "limit":
            _limit(request, found)
        elif action == "continue":
            found = run_rest(trial=found, user=request.user)
        elif action in CHANGES:
            CHANGES[action](run=found)
        else:
            raise Http404
    except ModelsLLMError as err:
        messages.error(request, say(err))
    return redirect("models_llm:run", membership.project.slug, found.pk)


def _retry(request: SignedInRequest, found: Run) -> None:
    form = RetryForm(request.POST)
    outcomes = form.cleaned_data["outcomes"] if form.is_valid() else [Outcome.FAILED]
    item_id = form.cleaned_data.get("item")
    request_retry(run=found, outcomes=outcomes, item_ids=None if item_id is None else [item_id], user=request.user)
    if found.state == RunState.PAUSED:
        messages.success(request, gettext("They are judged again when the run goes on."))


def _limit(request: SignedInRequest, found: Run) -> None:
    form = LimitsForm(request.POST)
    if form.is_valid():
        set_limits(run=found, limits=form.limits())
        messages.success(request, gettext("The priority and the budgets are changed."))
    else:
        for name, errors in form.errors.items():
            messages.error(request, f"{form.fields[name].label or name}: {' '.join(map(str, errors))}")


def _ahead(found: Run, progress: RunProgress) -> dict[str, Any]:
    """What the rest would take; nothing for a run that is no trial, or has not ended."""
    if progress.state is not RunState.COMPLETE or not stored_selection(found).is_trial:
        return {"forecast": None}
    ahead = forecast(found, progress, n_rest=count_rest(found))
    return {"forecast": ahead, "forecast_words": _duration_words(ahead.seconds)}


def _page(
    request: SignedInRequest, membership: Membership, form: RunForm, *, n_selected: int | None = None
) -> HttpResponse:
    context = {
        "lines": recent_runs(membership.project),
        "form": form,
        "n_selected": n_selected,
        "n_trial": N_TRIAL,
        "may_run": may(membership, Capability.RUN_JUDGES),
        "has_judges": runnable_versions(membership.project).exists(),
    }
    return render(request, "models_llm/runs.html", context, status=422 if form.errors else 200)


def _run_or_404(membership: Membership, run_id: int) -> Run:
    return get_object_or_404(runs_of(membership.project), pk=run_id)


@dataclass(frozen=True)
class UsedLine:
    """A row of what a run used: in all, and for 1,000 verdicts; both as text."""

    name: str
    total: str
    per_1000: str
    note: str = ""


def metering_lines(progress: RunProgress) -> list[UsedLine]:
    """What the run used; a line for everything that some engine said or spent."""
    used, n = progress.metering, progress.metering.n_verdicts

    def line(name: str, value: float | None, *, digits: int = 0, note: str = "") -> list[UsedLine]:
        if value is None or not n:
            return []
        return [UsedLine(name, decimal(value, digits), decimal(1000 * value / n, digits), note)]

    share = (
        ""
        if math.isnan(used.cached_share)
        else gettext("%(share)s of the prompts") % {"share": f"{used.cached_share:.0%}"}
    )
    speed = (
        ""
        if math.isnan(progress.tokens_per_s)
        else gettext("%(rate)s tokens/s in all") % {"rate": decimal(progress.tokens_per_s, 0)}
    )
    return [
        *line(gettext("Prompt tokens"), used.prompt_tokens),
        *line(gettext("of these from the prefix cache"), used.cached_tokens, note=share),
        *line(gettext("Reply tokens"), used.completion_tokens, note=speed),
        *line(gettext("Seconds in the queue"), used.queue_s, digits=1),
        *line(gettext("Seconds in the engine"), used.engine_s, digits=1),
        *(line(gettext("GPU-seconds"), used.gpu_s, digits=1) if used.gpu_s else ()),
        *line(gettext("Cost"), used.cost, digits=4),
    ]


def _rate_words(rate: float) -> str:
    return "" if math.isnan(rate) else gettext("%(rate)s items/s") % {"rate": decimal(rate, 1)}


def _duration_words(seconds: float | None) -> str:
    """A rough length of time: "40 s", "12 min", "3.5 h"."""
    if seconds is None or math.isnan(seconds):
        return ""
    if seconds < 90:
        return gettext("%(n)s s") % {"n": f"{seconds:.0f}"}
    if seconds < 5400:
        return gettext("%(n)s min") % {"n": f"{seconds / 60:.0f}"}
    return gettext("%(n)s h") % {"n": f"{seconds / 3600:.1f}"}


def _shown(request: SignedInRequest) -> Outcome | Flag:
    """The outcome or the flag whose verdicts are asked for."""
    asked = request.GET.get("verdicts", "")
    if asked in list(Flag):
        return Flag(asked)
    return Outcome(asked) if asked in list(Outcome) else Outcome.RATED
