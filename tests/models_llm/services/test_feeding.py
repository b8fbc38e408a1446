"""Runs that share the workers of a queue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from models_llm.choices import Queue, RunState, ShardState
from models_llm.models import JudgeVersion, Run, Shard
from models_llm.services.feeding import feed, sweep_runs
from models_llm.services.runs import pause_run, resume_run
from models_llm.services.shards import judge_shard
from tests.models_llm.services.judged_projects import project_with_items, scripted_version, started_run

pytestmark = pytest.mark.django_db
AHEAD = 4


@pytest.fixture(autouse=True)
def four_ahead(settings: Any) -> None:
    settings.SHARDS_AHEAD = AHEAD


def version_with_items(n: int) -> JudgeVersion:
    return scripted_version(project_with_items(n))


def run_of(n: int, *, priority: int = 0, version: JudgeVersion | None = None) -> Run:
    """A run of one item a shard."""
    run = started_run(version=version or version_with_items(n), shard_size=1)
    if priority:
        Run.objects.filter(pk=run.pk).update(priority=priority)
    return run


def on_their_way(run: Run) -> int:
    return run.shards.exclude(state=ShardState.DONE).filter(sent_at__isnull=False).count()


def work(run: Run) -> None:
    """Judge the run's first shard that was sent, as the worker whose turn it is would."""
    shard = run.shards.exclude(state=ShardState.DONE).filter(sent_at__isnull=False).order_by("number").first()
    assert shard is not None
    assert judge_shard(shard_id=shard.pk) == 1


def test_only_a_few_shards_are_sent_ahead() -> None:
    run = run_of(10)
    assert on_their_way(run) == AHEAD
    work(run)
    assert on_their_way(run) == AHEAD
    assert run.shards.filter(sent_at__isnull=False).count() == AHEAD + 1
    assert feed(Queue.JUDGE) == 0


def test_places_that_are_free_at_once_go_to_the_runs_in_turn() -> None:
    runs = [run_of(10), run_of(10)]
    Shard.objects.update(sent_at=None)
    assert feed(Queue.JUDGE) == AHEAD
    assert [on_their_way(run) for run in runs] == [2, 2]


def test_of_two_runs_whoever_has_fewest_shards_on_their_way_is_next() -> None:
    first = run_of(10)
    second = run_of(10)
    seen = []
    for run in (first, first, first, second, second, first):
        work(run)
        seen.append((on_their_way(first), on_their_way(second)))
    # The second run gets a place at each of the first two that come free; from there both keep theirs.
    assert seen == [(3, 1), (2, 2), (2, 2), (2, 2), (2, 2), (2, 2)]


def test_a_higher_priority_takes_every_place_that_comes_free() -> None:
    first = run_of(10)
    urgent = run_of(3, priority=1)
    for expected in (1, 2, 3, 3):
        work(first)
        assert on_their_way(urgent) == expected
    assert on_their_way(first) == 1


def test_a_paused_run_leaves_its_places_to_others() -> None:
    first = run_of(10)
    second = run_of(10)
    assert on_their_way(second) == 0
    pause_run(run=first)
    assert feed(Queue.JUDGE) == AHEAD
    assert on_their_way(second) == AHEAD


def test_what_was_thrown_away_while_a_run_stood_still_is_sent_when_it_goes_on() -> None:
    run = run_of(10)
    sent = list(run.shards.filter(sent_at__isnull=False).values_list("pk", flat=True))
    pause_run(run=run)
    assert [judge_shard(shard_id=pk) for pk in sent] == [0] * AHEAD
    before = timezone.now()
    resume_run(run=run)
    again = run.shards.filter(sent_at__gte=before).values_list("pk", flat=True)
    assert sorted(again) == sorted(sent)


def test_each_queue_has_places_of_its_own() -> None:
    served = run_of(10)
    version = version_with_items(10)
    JudgeVersion.objects.filter(pk=version.pk).update(queue=Queue.ENGINE)
    version.refresh_from_db()
    local = run_of(10, version=version)
    assert (on_their_way(served), on_their_way(local)) == (AHEAD, AHEAD)


def test_a_shard_whose_worker_died_gives_its_place_to_the_run_whose_turn_it_is() -> None:
    first = run_of(10)
    second = run_of(10)
    dead = first.shards.order_by("number").first()
    assert dead is not None
    Shard.objects.filter(pk=dead.pk).update(
        state=ShardState.LEASED, leased_by="dead", lease_expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert sweep_runs() == 1
    dead.refresh_from_db()
    assert (dead.state, dead.leased_by, dead.sent_at) == (ShardState.WAITING, "", None)
    assert (on_their_way(first), on_their_way(second)) == (3, 1)


def test_the_sweep_closes_every_run_that_has_nothing_open() -> None:
    runs = [run_of(1) for _ in range(3)]
    Shard.objects.filter(run__in=runs[:2]).update(state=ShardState.DONE)
    sweep_runs()
    assert list(Run.objects.order_by("pk").values_list("state", flat=True)) == [
        RunState.COMPLETE,
        RunState.COMPLETE,
        RunState.RUNNING,
    ]


@pytest.mark.parametrize("n", [8, 80])
def test_feeding_costs_the_same_with_many_shards(n: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    run = run_of(n)
    shard = run.shards.order_by("number").first()
    assert shard is not None
    Shard.objects.filter(pk=shard.pk).update(state=ShardState.DONE)
    with django_assert_num_queries(8):
        assert feed(Queue.JUDGE) == 1
