"""All servers of a judge are away: the run stands still and says so, and goes on when one is back."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from annotations.choices import Outcome
from annotations.models import Project
from judge_platform.bench.stub import Stub, stub_process
from models_llm.choices import RunState, ShardState
from models_llm.models import Run
from models_llm.services.runs import resume_run
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


@pytest.mark.parametrize("go_on", [resume_run, lambda *, run: time_has_come(run)], ids=["by a person", "by itself"])
def test_a_killed_server_pauses_the_run_which_goes_on_when_it_is_back(
    project: Project, environment: dict[str, str], stub: Stub, go_on: Callable[..., None]
) -> None:
    served_version(project, stub, outage_s=0.5, breaker_failures=2)
    run = start_run(project, environment)
    address = urlsplit(stub.url)
    with worker(environment):
        wait_until_stored(run, N_ITEMS // 4)
        stub.process.kill()
        n_kept = _wait_for_the_pause(
            run, rf"no server has taken requests for 0\.5 s \({re.escape(address.netloc)}: no answer"
        )
        with stub_process(port=address.port or 0) as again:
            go_on(run=Run.objects.get(pk=run.pk))
            wait_for_the_end(run)
            assert again.counts()["asked"] == N_ITEMS - n_kept

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert n_stored(run) == N_ITEMS


@pytest.mark.parametrize(
    ("ill", "well", "kind", "said"),
    [
        ({"share_429": 1, "retry_after": "0.1"}, {"share_429": 0}, "429", "the server answered 429"),
        # What it said of itself when asked for its health, or to a request that came before that.
        ({"is_draining": True}, {"is_draining": False}, "draining", r"it is draining|the server answered 503"),
    ],
)
def test_a_server_that_refuses_everything_pauses_the_run(
    project: Project,
    environment: dict[str, str],
    stub: Stub,
    ill: dict[str, object],
    well: dict[str, object],
    kind: str,
    said: str,
) -> None:
    served_version(project, stub, outage_s=0.5)
    run = start_run(project, environment)
    with worker(environment):
        wait_until_stored(run, N_ITEMS // 4)
        stub.set(**ill)
        n_kept = _wait_for_the_pause(run, said)
        stub.set(**well)
        resume_run(run=Run.objects.get(pk=run.pk))
        wait_for_the_end(run)

    assert n_kept < N_ITEMS
    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    counts = stub.counts()
    assert (n_stored(run), counts["answered"], counts["asked"]) == (N_ITEMS, N_ITEMS, N_ITEMS + counts.get(kind, 0))


def time_has_come(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(retry_at=timezone.now())


def _wait_for_the_pause(run: Run, said: str) -> int:
    """When the run stands still for this reason and no worker holds a shard of it: verdicts stored."""
    wait_until(lambda: Run.objects.get(pk=run.pk).state == RunState.PAUSED, "the run is paused")
    wait_until(lambda: not run.shards.filter(state=ShardState.LEASED).exists(), "the shards are given back")
    run.refresh_from_db()
    assert re.search(said, run.note), run.note
    assert max(run.shards.values_list("attempts", flat=True)) <= 1  # being given back is no attempt
    return n_stored(run)
