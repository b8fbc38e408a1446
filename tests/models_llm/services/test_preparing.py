"""A run's items are drawn and cut into shards by a worker, once, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from models_llm.choices import RunState, Which
from models_llm.models import JudgeVersion, Run, Shard
from models_llm.selectors.runs import run_progress
from models_llm.selectors.selection import Selection
from models_llm.services.feeding import sweep_runs
from models_llm.services.preparing import prepare_run
from models_llm.services.runs import cancel_run, pause_run, resume_run, start_run
from tests.factories import make_items
from tests.models_llm.services.judged_projects import (
    live_outcomes,
    prepared,
    project_with_items,
    retried,
    scripted_version,
    work_off,
)
from tests.workers import wait_until

N_ITEMS = 5
AGES = timedelta(days=1)


@pytest.fixture
def version(db: None) -> JudgeVersion:
    return scripted_version(project_with_items(N_ITEMS))


def reloaded(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def items_in_shards(run: Run) -> list[int]:
    return [item_id for shard in run.shards.order_by("number") for item_id in shard.item_ids]


def items_of(version: JudgeVersion) -> list[int]:
    return list(version.judge.project.items.order_by("pk").values_list("pk", flat=True))


def test_a_run_that_was_asked_for_waits_for_a_worker_and_has_no_shards(version: JudgeVersion) -> None:
    run = start_run(version=version)
    assert (run.state, run.n_items, run.prepared_at, run.shards.count()) == (RunState.PREPARING, None, None, 0)
    progress = run_progress(run)
    assert (progress.n_items, progress.n_prepared, progress.n_done, progress.left_s) == (None, 0, 0, None)


def test_a_prepared_run_has_every_item_in_a_shard_and_is_fed(version: JudgeVersion) -> None:
    run = start_run(version=version, shard_size=2)
    assert prepare_run(run_id=run.pk)
    run = reloaded(run)
    assert (run.state, run.n_items, run.leased_by, run.lease_expires_at) == (RunState.RUNNING, N_ITEMS, "", None)
    assert run.prepared_at is not None
    assert items_in_shards(run) == items_of(version)
    assert run.shards.filter(sent_at__isnull=False).count() == 3


def test_a_doubled_message_prepares_once(version: JudgeVersion) -> None:
    run = start_run(version=version)
    assert [prepare_run(run_id=run.pk) for _ in range(3)] == [True, False, False]
    assert items_in_shards(run) == items_of(version)


@pytest.mark.django_db
def test_a_run_over_nothing_is_complete_as_soon_as_it_is_prepared() -> None:
    run = prepared(start_run(version=scripted_version(project_with_items(0))))
    assert (run.state, run.n_items, run.shards.count()) == (RunState.COMPLETE, 0, 0)


def test_what_a_killed_worker_left_in_the_middle_is_begun_again(version: JudgeVersion) -> None:
    run = start_run(version=version, shard_size=2)
    Run.objects.update(leased_by="dead", n_items=N_ITEMS, lease_expires_at=timezone.now() - AGES)
    Shard.objects.create(run=run, number=1, item_ids=items_of(version)[:2])
    Shard.objects.create(run=run, number=2, item_ids=items_of(version)[2:4])
    assert run_progress(reloaded(run)).n_prepared == 4
    make_items(version.judge.project, 1)  # meanwhile
    assert sweep_runs() == 1
    assert prepare_run(run_id=run.pk)
    assert items_in_shards(run) == items_of(version)
    assert reloaded(run).n_items == N_ITEMS + 1
    assert work_off(run) == len(live_outcomes(version)) == N_ITEMS + 1


def test_a_worker_that_prepares_is_left_alone_until_its_lease_has_passed(version: JudgeVersion) -> None:
    run = start_run(version=version)
    assert sweep_runs() == 0  # its message is on the way
    Run.objects.update(leased_by="another", lease_expires_at=timezone.now() + AGES)
    assert (prepare_run(run_id=run.pk), sweep_runs()) == (False, 0)
    assert run.shards.count() == 0


def test_a_lost_message_is_sent_again_when_a_lease_has_passed(version: JudgeVersion) -> None:
    run = start_run(version=version)
    Run.objects.update(lease_expires_at=timezone.now() - AGES)
    assert (sweep_runs(), sweep_runs()) == (1, 0)
    assert prepare_run(run_id=run.pk)


def test_a_run_that_is_paused_before_it_is_prepared_is_prepared_when_it_goes_on(version: JudgeVersion) -> None:
    run = start_run(version=version)
    pause_run(run=run)
    Run.objects.update(lease_expires_at=timezone.now() - AGES)
    assert (prepare_run(run_id=run.pk), sweep_runs()) == (False, 0)
    assert reloaded(run).state == RunState.PAUSED  # and not complete, although it has no open shard
    assert retried(reloaded(run)) == 0
    resume_run(run=run)
    assert run.state == RunState.PREPARING
    assert work_off(run) == N_ITEMS
    assert reloaded(run).state == RunState.COMPLETE


def test_a_run_that_is_cancelled_before_it_is_prepared_never_is(version: JudgeVersion) -> None:
    run = start_run(version=version)
    cancel_run(run=run)
    Run.objects.update(lease_expires_at=timezone.now() - AGES)
    assert (prepare_run(run_id=run.pk), sweep_runs(), run.shards.count()) == (False, 0, 0)
    assert reloaded(run).finished_at is not None


def test_what_was_judged_since_a_run_was_asked_for_is_not_judged_again_by_it(version: JudgeVersion) -> None:
    run = start_run(version=version, selection=Selection(which=Which.ALL))
    first = start_run(version=version)
    work_off(first)
    work_off(run)
    assert run_progress(reloaded(run)).n_elsewhere == N_ITEMS


def test_an_error_that_nobody_foresaw_pauses_the_run_with_its_reason(version: JudgeVersion) -> None:
    run = start_run(version=version)
    Run.objects.update(selection={"which": "no such choice"})
    assert not prepare_run(run_id=run.pk)
    run = reloaded(run)
    assert run.state == RunState.PAUSED
    assert run.note.startswith("its items could not be drawn (ValueError: 'no such choice' is not a valid Which)")
    Run.objects.update(selection=start_run(version=version).selection)
    resume_run(run=run)
    assert prepare_run(run_id=run.pk)


@pytest.mark.parametrize("change", [pause_run, cancel_run])
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_drawing_stops_when_its_run_is(version: JudgeVersion, change: Callable[..., None]) -> None:
    run = start_run(version=version)
    assert not _prepared_while(run, lambda: change(run=run))
    assert run.shards.count() == 0
    assert reloaded(run).state == run.state


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_slower_than_its_lease_leaves_the_run_to_the_next(version: JudgeVersion) -> None:
    run = start_run(version=version)

    def take_over() -> None:
        Run.objects.update(lease_expires_at=timezone.now() - AGES)
        assert prepare_run(run_id=run.pk)

    assert not _prepared_while(run, take_over)
    assert items_in_shards(run) == items_of(version)
    assert work_off(run) == N_ITEMS


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_paused_and_resumed_is_not_prepared_by_who_was_at_it_before(version: JudgeVersion) -> None:
    run = start_run(version=version)

    def pause_and_resume() -> None:
        pause_run(run=run)
        resume_run(run=run)

    assert not _prepared_while(run, pause_and_resume)
    assert (reloaded(run).state, run.shards.count()) == (RunState.PREPARING, 0)
    assert work_off(run) == N_ITEMS


def _prepared_while(run: Run, happening: Callable[[], Any]) -> bool:
    """Whether a worker has prepared the run although something happened while it drew the items."""

    def prepare() -> bool:
        try:
            return prepare_run(run_id=run.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE annotations_item IN ACCESS EXCLUSIVE MODE")
            was_prepared = pool.submit(prepare)
            wait_until(lambda: reloaded(run).leased_by != "", "a worker has it")
            happening()
        return was_prepared.result()
