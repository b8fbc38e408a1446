"""Which items a run judges, trials, and limits that change."""

from __future__ import annotations

import math
from typing import Any

import pytest

from annotations.models import Batch, Item
from models_llm.choices import RunState, Which
from models_llm.errors import RunStateError
from models_llm.models import Run, Verdict
from models_llm.selectors.runs import run_progress
from models_llm.selectors.selection import N_TRIAL, Selection, count_selected, draw_items, stored_selection
from models_llm.selectors.trials import Total, forecast, total_of
from models_llm.services.runs import Limits, count_rest, resume_run, run_rest, set_limits
from tests.factories import make_batch, make_items
from tests.models_llm.services.judged_projects import (
    live_outcomes,
    prepared,
    project_with_items,
    scripted_version,
    started_run,
    work_off,
)

pytestmark = pytest.mark.django_db


def judged(version: Any, **selection: Any) -> Run:
    run = started_run(version=version, selection=Selection(**selection))
    work_off(run)
    return Run.objects.get(pk=run.pk)


def test_a_selection_is_of_an_import_or_a_round() -> None:
    project = project_with_items(3)
    batch = make_batch(project)
    Batch.objects.filter(pk=batch.pk).update(round=2)
    make_items(project, 2, batch)
    version = scripted_version(project)
    assert count_selected(version, Selection(batch_id=batch.pk)) == 2
    assert count_selected(version, Selection(round=2)) == 2
    assert count_selected(version, Selection(round=3)) == 0
    assert count_selected(version, Selection(limit=4)) == 4
    assert count_selected(version, Selection(limit=9)) == 5


def test_items_whose_verdict_has_no_rating_are_judged_again_and_no_others() -> None:
    project = project_with_items(20)
    version = scripted_version(project, faults={"garbage": 0.5})
    judged(version)
    unrated = {item_id for item_id, outcome in live_outcomes(version).items() if outcome != "rated"}
    assert 0 < len(unrated) < 20
    make_items(project, 1)
    run = started_run(version=version, selection=Selection(which=Which.UNRATED))
    assert set(run.shards.get().item_ids) == unrated
    assert work_off(run) == len(unrated)
    assert len(live_outcomes(version)) == 20


def test_what_a_run_was_asked_for_is_read_back() -> None:
    asked = Selection(which=Which.ALL, slices={"category": "shoes"}, round=1, limit=7, is_trial=True)
    run = started_run(version=scripted_version(project_with_items(1)), selection=asked)
    assert stored_selection(Run.objects.get(pk=run.pk)) == asked


def test_the_items_of_a_run_are_drawn_into_an_array_of_eight_bytes_each() -> None:
    project = project_with_items(5)
    item_ids = draw_items(scripted_version(project), Selection(), seed=0).item_ids
    assert item_ids.nbytes == 40
    assert item_ids.tolist() == list(project.items.order_by("pk").values_list("pk", flat=True))


def test_a_trial_judges_twenty_and_the_rest_judges_what_is_left() -> None:
    project = project_with_items(50)
    version = scripted_version(project)
    trial = judged(version, is_trial=True)
    assert trial.n_items == N_TRIAL == 20
    assert count_rest(trial) == 30
    rest = prepared(run_rest(trial=trial))
    assert (rest.n_items, rest.seed) == (30, trial.seed)
    assert work_off(rest) == 30
    assert Verdict.objects.count() == len(live_outcomes(version)) == 50


def test_the_rest_of_a_limited_trial_makes_up_the_limit() -> None:
    version = scripted_version(project_with_items(50))
    assert prepared(run_rest(trial=judged(version, is_trial=True, limit=30))).n_items == 10
    other = scripted_version(project_with_items(50))
    small = judged(other, is_trial=True, limit=15)
    assert (small.n_items, count_rest(small)) == (15, 0)


def test_the_rest_of_a_trial_that_judges_again_leaves_out_what_the_trial_judged() -> None:
    project = project_with_items(30)
    version = scripted_version(project)
    judged(version)
    trial = judged(version, which=Which.ALL, is_trial=True)
    rest = prepared(run_rest(trial=trial))
    assert rest.n_items == 10
    work_off(rest)
    assert Verdict.objects.count() == 60


def test_only_a_trial_that_has_ended_has_a_rest() -> None:
    version = scripted_version(project_with_items(30))
    with pytest.raises(RunStateError, match="expected a trial that is complete"):
        run_rest(trial=started_run(version=version, selection=Selection(is_trial=True)))
    assert Run.objects.count() == 1


def test_the_rest_keeps_the_limits_of_the_trial_unless_others_are_given() -> None:
    version = scripted_version(project_with_items(30))
    trial = started_run(version=version, selection=Selection(is_trial=True), limits=Limits(3, 10**6, 2.0, 60.0))
    work_off(trial)
    rest = run_rest(trial=Run.objects.get(pk=trial.pk))
    assert (rest.priority, rest.most_tokens, rest.most_cost, rest.most_gpu_s) == (3, 10**6, 2.0, 60.0)


def test_a_forecast_adds_up_the_trial_for_the_rest() -> None:
    trial = judged(scripted_version(project_with_items(60)), is_trial=True)
    Verdict.objects.update(prompt_tokens=90, completion_tokens=10, cost=None)
    ahead = forecast(trial, run_progress(trial), n_rest=40)
    assert (ahead.n, ahead.n_rest, ahead.cost) == (20, 40, None)
    assert ahead.tokens == Total(4000.0, 4000.0, 4000.0)  # every one took 100, so nothing scatters
    assert ahead.seconds > 0


def test_a_prediction_interval_holds_what_is_worked_out_by_hand() -> None:
    # m = 2, s = 1, n = 3, N = 6; t(0.975, 2) = 4.302653 (table); half = 4.302653 · sqrt(36 / 3 + 6) = 18.2546.
    total = total_of([1.0, 2.0, 3.0], 6)
    assert (total.expected, total.low) == (12.0, 0.0)  # never below 0
    assert total.high == pytest.approx(12 + 18.2546, abs=1e-3)


def test_one_value_predicts_a_sum_without_an_interval() -> None:
    total = total_of([5.0], 3)
    assert total.expected == 15.0
    assert math.isnan(total.low)


def test_a_spent_budget_is_raised_before_the_run_goes_on() -> None:
    run = started_run(version=scripted_version(project_with_items(4)), shard_size=2, limits=Limits(most_tokens=1))
    work_off(run)
    run.refresh_from_db()
    assert run.state == RunState.PAUSED
    with pytest.raises(RunStateError, match=r"its budget of 1 tokens is spent: it used .*: raise it, then resume"):
        resume_run(run=run)
    assert run.state == RunState.PAUSED
    set_limits(run=run, limits=Limits(priority=5, most_tokens=10**6))
    resume_run(run=run)
    assert (run.state, run.note, run.priority) == (RunState.RUNNING, "", 5)
    assert work_off(run) == 2


def test_slices_and_import_narrow_together() -> None:
    project = project_with_items(1)
    batch = make_batch(project)
    make_items(project, 2, batch, slices={"category": "shoes"})
    make_items(project, 3, slices={"category": "shoes"})
    selection = Selection(slices={"category": "shoes"}, batch_id=batch.pk)
    run = started_run(version=scripted_version(project), selection=selection)
    assert set(run.shards.get().item_ids) == set(Item.objects.filter(batch=batch).values_list("pk", flat=True))
