"""A server hangs, talks nonsense, refuses everything or dies: the run waits or goes elsewhere, and ends whole."""

from __future__ import annotations

import pytest

from annotations.choices import Outcome
from annotations.models import Project
from judge_platform.bench.stub import Stub, stub_process
from tests.models_llm.failures.scene import (
    N_ITEMS,
    assert_one_outcome_an_item,
    n_stored,
    retry,
    served_version,
    start_run,
    wait_for_the_end,
    wait_until_stored,
)
from tests.workers import wait_until, worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_a_server_that_hangs_is_given_up_after_the_deadline_and_asked_again(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    served_version(project, stub, timeout_s=0.5)
    run = start_run(project, environment)
    with worker(environment):
        wait_until_stored(run, N_ITEMS // 4)
        stub.set(share_hang=1)
        wait_until(lambda: stub.counts().get("hang", 0) > 0, "requests hang")
        stub.set(share_hang=0)
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    counts = stub.counts()
    assert counts["asked"] == N_ITEMS + counts["hang"]  # each that hung was asked once more


def test_another_server_takes_over_from_one_that_hangs(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    with stub_process(delay_s=0.05) as other:
        served_version(project, stub, other, timeout_s=0.5, breaker_failures=3)
        run = start_run(project, environment)
        with worker(environment):
            wait_until(lambda: min(_n_answered(stub), _n_answered(other)) >= 10, "both servers answer")
            stub.set(share_hang=1)
            wait_for_the_end(run)
        answered = (_n_answered(stub), _n_answered(other))

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert sum(answered) == N_ITEMS
    assert answered[1] > answered[0]


def test_another_server_takes_over_from_one_that_was_killed(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    with stub_process(delay_s=0.05) as other:
        served_version(project, stub, other)
        run = start_run(project, environment)
        with worker(environment):
            wait_until(lambda: min(_n_answered(stub), _n_answered(other)) >= 10, "both servers answer")
            stub.process.kill()
            wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert n_stored(run) == N_ITEMS


def test_a_storm_of_refusals_is_waited_out(project: Project, environment: dict[str, str], stub: Stub) -> None:
    served_version(project, stub)
    run = start_run(project, environment)
    with worker(environment):
        wait_until_stored(run, N_ITEMS // 4)
        stub.set(share_429=1, retry_after="0.2")
        wait_until(lambda: stub.counts().get("429", 0) >= 12, "the server refuses again and again")
        stub.set(share_429=0)
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    counts = stub.counts()
    assert (counts["answered"], counts["asked"]) == (N_ITEMS, N_ITEMS + counts["429"])


def test_garbage_is_asked_again_and_never_scored(project: Project, environment: dict[str, str], stub: Stub) -> None:
    stub.set(share_garbage=0.25)
    served_version(project, stub, max_attempts=20, breaker_failures=50)
    run = start_run(project, environment)
    with worker(environment):
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    counts = stub.counts()
    assert counts["garbage"] >= N_ITEMS // 4
    assert (counts["answered"], counts["asked"]) == (N_ITEMS, N_ITEMS + counts["garbage"])


def test_nothing_but_garbage_fails_every_item_and_a_retry_rates_them(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    stub.set(share_garbage=1)
    served_version(project, stub, max_attempts=2, breaker_failures=10 * N_ITEMS)
    run = start_run(project, environment)
    with worker(environment):
        wait_for_the_end(run)
        assert_one_outcome_an_item(run, {Outcome.FAILED: N_ITEMS})
        assert stub.counts()["asked"] == 2 * N_ITEMS
        stub.set(share_garbage=0)
        retry(run)
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert n_stored(run) == 2 * N_ITEMS


def _n_answered(stub: Stub) -> int:
    return stub.counts()["answered"]
