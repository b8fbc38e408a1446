"""What got no rating is collected and cut into shards by a worker, once, whatever happens meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotations.choices import Outcome, WorkState
from models_llm.choices import RunState
from models_llm.models import JudgeVersion, Retry, Run
from models_llm.services.feeding import sweep_runs
from models_llm.services.leased_work import sweep_leased_work
from models_llm.services.retrying import cut_retry, request_retry
from models_llm.services.runs import cancel_run, pause_run
from models_llm.services.shards import judge_shard
from tests.models_llm.services.judged_projects import project_with_items, scripted_version, started_run, work_off

pytestmark = pytest.mark.django_db

N_ITEMS = 5


@pytest.fixture
def version() -> JudgeVersion:
    return scripted_version(project_with_items(N_ITEMS), faults={"failed": 1.0})


@pytest.fixture
def failed_run(version: JudgeVersion) -> Run:
    run = started_run(version=version, shard_size=2)
    work_off(run)
    return Run.objects.get()


def test_a_retry_that_was_asked_for_waits_for_a_worker_and_its_run_with_it(failed_run: Run) -> None:
    assert failed_run.state == RunState.COMPLETE
    n_shards = failed_run.shards.count()
    retry = request_retry(run=failed_run)
    assert (retry.state, retry.n_items, failed_run.state) == (WorkState.WAITING, None, RunState.RUNNING)
    assert failed_run.shards.count() == n_shards
    sweep_runs()
    assert Run.objects.get().state == RunState.RUNNING, "it has no open shard, and is not closed"
    assert cut_retry(retry_id=retry.pk)
    assert failed_run.shards.count() == n_shards + 3
    assert Retry.objects.get().n_items == N_ITEMS
    assert work_off(failed_run) == N_ITEMS
    assert Run.objects.get().state == RunState.COMPLETE


def test_a_message_that_comes_twice_cuts_once_and_one_that_was_lost_is_sent_again(failed_run: Run) -> None:
    retry = request_retry(run=failed_run)
    assert sweep_leased_work() == 0
    Retry.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert sweep_leased_work() == 1
    assert [cut_retry(retry_id=retry.pk) for _ in range(2)] == [True, False]
    assert failed_run.shards.count() == 3 + 3


def test_a_worker_that_dies_in_a_retry_leaves_it_to_the_next(failed_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    retry = request_retry(run=failed_run)

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("models_llm.models.Shard.objects.bulk_create", die)
        with pytest.raises(SystemExit):
            cut_retry(retry_id=retry.pk)
    assert (Retry.objects.get().state, failed_run.shards.count()) == (WorkState.RUNNING, 3)
    Retry.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert cut_retry(retry_id=retry.pk)
    assert (Retry.objects.get().attempts, failed_run.shards.count()) == (2, 6)


def test_a_retry_that_finds_nothing_closes_its_run_again(failed_run: Run) -> None:
    retry = request_retry(run=failed_run, outcomes=[Outcome.REFUSED])
    assert cut_retry(retry_id=retry.pk)
    assert (Retry.objects.get().n_items, Run.objects.get().state) == (0, RunState.COMPLETE)
    assert Run.objects.get().finished_at is not None


def test_a_verdict_that_came_after_it_was_asked_for_is_left(version: JudgeVersion) -> None:
    run = started_run(version=version, shard_size=2)
    retry = request_retry(run=run)
    for shard_id in run.shards.values_list("pk", flat=True):
        judge_shard(shard_id=shard_id)
    assert cut_retry(retry_id=retry.pk)
    assert (Retry.objects.get().n_items, run.shards.count()) == (0, 3)


def test_a_run_that_is_cancelled_before_its_retry_is_cut_judges_no_more(failed_run: Run) -> None:
    retry = request_retry(run=failed_run)
    cancel_run(run=failed_run)
    assert cut_retry(retry_id=retry.pk)
    found = Retry.objects.get()
    assert (found.state, failed_run.shards.count()) == (WorkState.FAILED, 3)
    assert "is cancelled and judges no more" in found.error
    assert Run.objects.get().state == RunState.CANCELLED


def test_a_run_that_is_paused_meanwhile_gets_its_shards_and_stays_paused(failed_run: Run) -> None:
    retry = request_retry(run=failed_run)
    pause_run(run=failed_run)
    assert cut_retry(retry_id=retry.pk)
    assert (Run.objects.get().state, failed_run.shards.count(), work_off(failed_run)) == (RunState.PAUSED, 6, 0)
