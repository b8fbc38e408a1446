"""What nobody foresaw, in the middle of a shard."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import connection

from annotations.choices import Outcome
from annotations.models import Judgement
from annotations.services.worker_leases import MOST_ATTEMPTS
from models_llm.choices import RunState, ShardState
from models_llm.engines import ScriptedEngine
from models_llm.errors import EngineDiedError
from models_llm.judging import UnratedError
from models_llm.models import Run, Shard, Verdict
from models_llm.services.shards import judge_shard
from tests.models_llm.services.judged_projects import (
    live_outcomes,
    project_with_items,
    retried,
    scripted_version,
    started_run,
    work_off,
)


@pytest.fixture
def run() -> Run:
    return started_run(version=scripted_version(project_with_items(3)))


def break_down(monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> None:
    """The engine takes the judge itself down, not only an item."""

    async def complete(*args: Any) -> None:
        raise fault

    monkeypatch.setattr(ScriptedEngine, "complete", complete)


@pytest.mark.parametrize("fault", [asyncio.CancelledError("the engine went away"), EngineDiedError("out of memory")])
@pytest.mark.django_db
def test_a_fault_that_ends_a_judge_frees_the_shard_for_another_try(
    monkeypatch: pytest.MonkeyPatch, run: Run, fault: BaseException
) -> None:
    with monkeypatch.context() as patch:
        break_down(patch, fault)
        assert judge_shard(shard_id=run.shards.get().pk) == 0
    shard = run.shards.get()
    assert (shard.state, shard.leased_by, shard.lease_expires_at, shard.attempts) == (ShardState.WAITING, "", None, 1)
    assert shard.error == f"{type(fault).__name__}: {fault}"
    assert shard.sent_at is not None  # on its way again, without waiting for the sweep
    assert judge_shard(shard_id=shard.pk) == 3
    assert Run.objects.get().state == RunState.COMPLETE


@pytest.mark.django_db
def test_a_shard_that_fails_every_time_is_given_up_with_the_reason(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    break_down(monkeypatch, EngineDiedError("out of memory"))
    for _ in range(MOST_ATTEMPTS + 1):
        work_off(run)
    assert Run.objects.get().state == RunState.COMPLETE
    assert set(live_outcomes(run.judge_version).values()) == {"failed"}
    said = "given up: this shard was tried 5 times; the last time: EngineDiedError: out of memory"
    assert set(Verdict.objects.values_list("error", flat=True)) == {said}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_ends_the_connection_is_no_failed_attempt(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    complete = ScriptedEngine.complete

    def end_every_connection() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        finally:  # another thread may have ended this one's own
            connection.close()

    async def complete_without_a_database(engine: ScriptedEngine, *args: Any) -> Any:
        await asyncio.to_thread(end_every_connection)
        return await complete(engine, *args)

    with monkeypatch.context() as patch:
        patch.setattr(ScriptedEngine, "complete", complete_without_a_database)
        assert judge_shard(shard_id=run.shards.get().pk) == 0
    shard = run.shards.get()
    assert (shard.state, shard.attempts, shard.error) == (ShardState.WAITING, 0, "")
    assert work_off(run) == 3


@pytest.mark.django_db
def test_text_that_no_database_holds_is_stored_as_it_can_be() -> None:
    reply = '{"relevance": {"rationale": "a\\u0000b \\ud800", "level": "Relevance"}}'
    run = started_run(version=scripted_version(project_with_items(2), table={"": reply}))
    assert work_off(run) == 2
    assert set(Judgement.objects.values_list("rationales__0", flat=True)) == {"a\ufffdb ?"}
    assert Shard.objects.get().n_unparsed == 2


@pytest.mark.django_db
def test_a_verdict_without_rating_that_gives_no_reason_is_found_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    version = scripted_version(project_with_items(1))

    async def say_nothing(*args: Any) -> Any:
        raise UnratedError(Outcome.REFUSED, "")

    monkeypatch.setattr(ScriptedEngine, "complete", say_nothing)
    run = started_run(version=version)
    work_off(run)
    assert Verdict.objects.get().error == "refused, and nothing says why"
    assert retried(Run.objects.get(), outcomes=[Outcome.REFUSED]) == 1
