"""A run is paused or cancelled under load: what is stored stays, nothing more is asked, and it can go on."""

from __future__ import annotations

import pytest

from annotations.choices import Outcome
from annotations.models import Judgement, Project
from judge_platform.bench.stub import Stub
from models_llm.choices import RunState, ShardState
from models_llm.models import Run
from models_llm.services.runs import cancel_run, pause_run, resume_run
from tests.models_llm.failures.scene import (
    N_ITEMS,
    assert_one_outcome_an_item,
    n_stored,
    served_version,
    start_run,
    wait_for_the_end,
    wait_until_stored,
)
from tests.workers import wait_until, worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_a_paused_run_asks_nothing_until_it_goes_on(project: Project, environment: dict[str, str], stub: Stub) -> None:
    served_version(project, stub)
    run = start_run(project, environment)
    with worker(environment):
        wait_until_stored(run, N_ITEMS // 4)
        pause_run(run=run)
        n_kept, n_asked = _wait_for_rest(run, stub)
        assert n_kept < N_ITEMS
        resume_run(run=run)
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert n_stored(run) == N_ITEMS
    assert stub.counts()["asked"] == n_asked + N_ITEMS - n_kept
    assert max(run.shards.values_list("attempts", flat=True)) == 1  # being stopped is no failed attempt


def test_a_cancelled_run_keeps_what_it_has(project: Project, environment: dict[str, str], stub: Stub) -> None:
    version = served_version(project, stub)
    run = start_run(project, environment)
    with worker(environment):
        wait_until_stored(run, N_ITEMS // 4)
        cancel_run(run=run)
        n_kept, n_asked = _wait_for_rest(run, stub)
        # The rest is another run's.
        second = start_run(project, environment)
        wait_for_the_end(second)

    run.refresh_from_db()
    assert (run.state, n_stored(run)) == (RunState.CANCELLED, n_kept)
    assert (second.n_items, n_stored(second)) == (N_ITEMS - n_kept, N_ITEMS - n_kept)
    assert Judgement.objects.live().filter(rater=version.rater, outcome=Outcome.RATED).count() == N_ITEMS
    assert Judgement.objects.count() == N_ITEMS
    assert stub.counts()["asked"] == n_asked + N_ITEMS - n_kept


def _wait_for_rest(run: Run, stub: Stub) -> tuple[int, int]:
    """When no worker holds a shard of the run and nothing is on its way: verdicts stored and requests made."""
    wait_until(lambda: not run.shards.filter(state=ShardState.LEASED).exists(), "the shards are given back")
    wait_until(lambda: stub.counts()["open"] == 0, "no request is open")
    return n_stored(run), stub.counts()["asked"]
