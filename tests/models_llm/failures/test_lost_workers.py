"""Workers are killed, doubled, or never told: every item is judged once and paid for once."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone

from annotations.choices import Outcome
from annotations.models import Project
from judge_platform.bench.stub import Stub
from models_llm.choices import RunState, ShardState
from models_llm.models import Run, Shard
from tests.models_llm.failures.scene import (
    N_ITEMS,
    SHARD_SIZE,
    assert_one_outcome_an_item,
    n_stored,
    served_version,
    start_run,
    wait_for_the_end,
    wait_until_stored,
)
from tests.workers import kill, wait_until, worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_only_what_a_killed_worker_had_not_stored_is_asked_again(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    served_version(project, stub)
    run = start_run(project, environment)
    with worker(environment) as first:
        wait_until_stored(run, N_ITEMS // 4)
        stub.set(share_hang=1)
        wait_until(lambda: stub.counts().get("hang", 0) > 0, "requests are on their way")
        kill(first)
    stub.set(share_hang=0)
    n_kept, n_asked = n_stored(run), stub.counts()["asked"]
    n_held = run.shards.filter(state=ShardState.LEASED).count()
    assert n_kept < N_ITEMS
    assert 0 < n_asked - n_kept <= n_held * SHARD_SIZE

    with worker(environment):
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert stub.counts()["asked"] == n_asked + N_ITEMS - n_kept
    assert n_stored(run) == N_ITEMS


def test_one_of_two_workers_is_killed_and_the_other_ends_the_run(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    served_version(project, stub)
    run = start_run(project, environment)
    with worker(environment) as first, worker(environment):
        wait_until(lambda: _holders(run.pk) >= 2, "both workers hold shards")
        wait_until_stored(run, N_ITEMS // 4)
        kill(first)
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert n_stored(run) == N_ITEMS


def test_two_workers_at_once_ask_nothing_twice(project: Project, environment: dict[str, str], stub: Stub) -> None:
    served_version(project, stub)
    run = start_run(project, environment)
    with worker(environment), worker(environment):
        wait_until(lambda: _holders(run.pk) >= 2, "both workers hold shards")
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert stub.counts()["asked"] == n_stored(run) == N_ITEMS


def test_a_worker_that_was_killed_while_it_prepared_a_run_leaves_no_item_out_and_none_twice(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    stub.set(delay_s=0)
    served_version(project, stub)
    run = start_run(project, environment, shard_size=1)
    # Shards are stored a hundred at once; whoever stores the next hundred waits for us to take ours back.
    with worker(environment) as first, transaction.atomic():
        Shard.objects.create(run=run, number=101, item_ids=[])
        wait_until(lambda: run.shards.count() > 1, "shards are stored")
        assert run.shards.count() == 100 + 1
        kill(first)
        transaction.set_rollback(True)
    assert (run.shards.count(), Run.objects.get().state) == (100, RunState.PREPARING)

    with worker(environment):
        wait_for_the_end(run)

    assert run.shards.count() == N_ITEMS
    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert stub.counts()["asked"] == n_stored(run) == N_ITEMS


def _holders(run_id: int) -> int:
    """How many processes hold shards of the run now."""
    held = Shard.objects.filter(run_id=run_id, state=ShardState.LEASED, lease_expires_at__gt=timezone.now())
    return len({holder.split(":")[1] for holder in held.values_list("leased_by", flat=True)})
