"""Workers that meet: leases that are renewed, lost and contended for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from annotations import handoff
from annotations.models import Judgement
from models_llm.choices import Queue, RunState, ShardState
from models_llm.engines import Completion, ScriptedEngine
from models_llm.models import Run, Shard, Verdict
from models_llm.services import shards
from models_llm.services.feeding import sweep_runs
from models_llm.services.runs import resume_run
from models_llm.services.shards import judge_shard
from tests.models_llm.services.judged_projects import project_with_items, scripted_version, started_run

DEADLINE_S = 30


def while_the_engine_works(monkeypatch: pytest.MonkeyPatch, happening: Any) -> None:
    """Let something happen whenever the scripted engine is asked."""
    complete = ScriptedEngine.complete

    async def complete_meanwhile(engine: ScriptedEngine, *args: Any) -> Completion:
        await asyncio.to_thread(happen)
        return await complete(engine, *args)

    def happen() -> None:
        happening()
        connection.close()  # this thread's own

    monkeypatch.setattr(ScriptedEngine, "complete", complete_meanwhile)


@pytest.mark.django_db(transaction=True)
def test_the_lease_of_a_slow_engine_is_renewed(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.LEASE_S = 1
    run = started_run(version=scripted_version(project_with_items(3)))

    def wait_for_a_renewal() -> None:
        first = run.shards.get().lease_expires_at
        deadline = time.monotonic() + DEADLINE_S
        while run.shards.get().lease_expires_at == first:
            assert time.monotonic() < deadline, "the lease was not renewed"
            time.sleep(0.05)

    while_the_engine_works(monkeypatch, wait_for_a_renewal)
    assert judge_shard(shard_id=run.shards.get().pk) == 3
    assert Run.objects.get().state == RunState.COMPLETE


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_lost_its_lease_stores_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run = started_run(version=scripted_version(project_with_items(3)))
    shard = run.shards.get()
    later = timezone.now() + timedelta(minutes=1)
    while_the_engine_works(
        monkeypatch, lambda: Shard.objects.filter(pk=shard.pk).update(leased_by="another", lease_expires_at=later)
    )
    assert judge_shard(shard_id=shard.pk) == 0
    shard.refresh_from_db()
    assert (shard.state, shard.leased_by) == (ShardState.LEASED, "another")
    assert Judgement.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_runs_that_store_the_same_items_at_the_same_time_give_one_verdict_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = project_with_items(40)
    version = scripted_version(project)
    shard_ids = [started_run(version=version).shards.get().pk for _ in range(2)]
    both_asked = threading.Barrier(2, timeout=DEADLINE_S)
    while_the_engine_works(monkeypatch, both_asked.wait)

    def work(shard_id: int) -> int:
        try:
            return judge_shard(shard_id=shard_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        stored = list(pool.map(work, shard_ids))
    assert sum(stored) == 40
    live = Counter(Judgement.objects.live().values_list("item_id", flat=True))
    assert live == Counter(project.items.values_list("pk", flat=True))
    assert Judgement.objects.count() == Verdict.objects.count() == 40
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.COMPLETE}


@pytest.mark.django_db
def test_a_run_starts_without_its_broker_and_the_sweep_sends_it_later(
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sent: list[int] = []

    def send(task: str, args: list[int], queue: str, expires: int) -> None:
        assert (task, queue, expires) == ("models_llm.judge_shard", Queue.JUDGE, settings.LEASE_S)
        sent.extend(args)

    monkeypatch.setattr(handoff.current_app, "send_task", Mock(side_effect=OperationalError("no broker")))
    with django_capture_on_commit_callbacks(execute=True):
        run = started_run(version=scripted_version(project_with_items(3)))
    assert run.state == RunState.RUNNING

    monkeypatch.setattr(handoff.current_app, "send_task", send)
    run.shards.update(sent_at=timezone.now() - timedelta(seconds=settings.LEASE_S + 1))
    with django_capture_on_commit_callbacks(execute=True):
        sweep_runs()
    assert sent == [run.shards.get().pk]


@pytest.mark.django_db(transaction=True)
def test_a_worker_in_the_middle_of_a_shard_keeps_what_came_and_stops_when_its_run_is_paused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shards, "CHUNK", 3)
    run = started_run(version=scripted_version(project_with_items(4)))
    shard = run.shards.get()
    with monkeypatch.context() as patch:
        while_the_engine_works(patch, lambda: Run.objects.filter(pk=run.pk).update(state=RunState.PAUSED))
        assert judge_shard(shard_id=shard.pk) == 3
    shard.refresh_from_db()
    assert (shard.state, shard.leased_by, shard.attempts, shard.n_rated) == (ShardState.WAITING, "", 0, 3)
    assert Judgement.objects.count() == 3
    resume_run(run=Run.objects.get())
    assert judge_shard(shard_id=shard.pk) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_in_the_middle_of_a_shard_stores_nothing_when_its_run_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = started_run(version=scripted_version(project_with_items(4)))
    while_the_engine_works(monkeypatch, lambda: Run.objects.filter(pk=run.pk).update(state=RunState.CANCELLED))
    assert judge_shard(shard_id=run.shards.get().pk) == 0
    assert Judgement.objects.count() == 0
