"""Runs that may use so much and no more."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Sum

from annotations.models import Judgement
from models_llm.choices import RunState, ShardState
from models_llm.models import Run
from models_llm.services.budgets import spent_budgets
from models_llm.services.shards import judge_shard
from tests.models_llm.services.judged_projects import project_with_items, scripted_version, started_run, work_off

pytestmark = pytest.mark.django_db


def run_with(n: int, **budgets: Any) -> Run:
    run = started_run(version=scripted_version(project_with_items(n)), shard_size=5)
    Run.objects.filter(pk=run.pk).update(**budgets)
    return Run.objects.get(pk=run.pk)


def n_tokens(run: Run) -> int:
    sums = run.shards.aggregate(prompt=Sum("prompt_tokens"), completion=Sum("completion_tokens"))
    return (sums["prompt"] or 0) + (sums["completion"] or 0)


def test_a_run_stops_with_the_shard_that_spends_its_tokens() -> None:
    run = run_with(20, most_tokens=1)
    assert work_off(run) == 5
    run.refresh_from_db()
    assert run.state == RunState.PAUSED
    assert run.note == f"its budget of 1 tokens is spent: it used {n_tokens(run):,}. Raise it, then resume the run"
    assert run.shards.filter(state=ShardState.WAITING).count() == 3


def test_a_run_within_its_budget_goes_on_to_its_end() -> None:
    run = run_with(20, most_tokens=10**9, most_cost=1.0, most_gpu_s=1.0)
    assert work_off(run) == 20
    run.refresh_from_db()
    assert (run.state, run.note) == (RunState.COMPLETE, "")


def test_a_run_whose_last_shard_spends_the_budget_is_complete() -> None:
    run = run_with(5, most_tokens=1)
    assert work_off(run) == 5
    run.refresh_from_db()
    assert (run.state, run.note) == (RunState.COMPLETE, "")


@pytest.mark.parametrize(
    ("budget", "used"),
    [
        ({"most_tokens": 100}, {"prompt_tokens": 60, "completion_tokens": 40}),
        ({"most_cost": 2.5}, {"cost": 2.5}),
        ({"most_gpu_s": 60}, {"gpu_s": 60.0}),
    ],
)
def test_a_budget_is_spent_when_all_of_it_is_used(budget: Any, used: dict[str, float]) -> None:
    run = run_with(5, **budget)
    run.shards.update(**used)
    assert len(list(spent_budgets(run))) == 1
    run.shards.update(**{name: value - 1 for name, value in used.items()})
    assert list(spent_budgets(run)) == []


@pytest.mark.parametrize(
    ("budget", "used", "note"),
    [
        ({"most_cost": 2.5}, {"cost": 3.0}, "its budget of 2.50 is spent: it cost 3.00"),
        ({"most_gpu_s": 60}, {"gpu_s": 61.0}, "its budget of 60 GPU-seconds is spent: it used 61"),
        ({"most_tokens": 100}, {"prompt_tokens": 100}, "its budget of 100 tokens is spent: it used "),
    ],
)
def test_the_note_says_which_budget_is_spent(budget: Any, used: Any, note: str) -> None:
    run = run_with(15, **budget)
    first, second, _ = run.shards.order_by("number")
    run.shards.filter(pk=first.pk).update(state=ShardState.DONE, **used)
    judge_shard(shard_id=second.pk)
    run.refresh_from_db()
    assert run.state == RunState.PAUSED
    assert run.note.startswith(note)
    assert Judgement.objects.count() == 5
