"""Wald's test against its worked example, and what its two mistakes really cost."""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotations.quality import Decision, SequentialTest, run_test

USUAL = SequentialTest(acceptable=0.9, bad=0.7, error=0.05)


def test_the_worked_example() -> None:
    # ln(0.95 / 0.05) = 2.944; ln(0.9 / 0.7) = 0.2513; ln(0.1 / 0.3) = -1.0986
    assert (USUAL.accept_at, USUAL.pause_at) == pytest.approx((2.9444, -2.9444), abs=1e-4)
    assert (USUAL.hit_step, USUAL.miss_step) == pytest.approx((0.2513, -1.0986), abs=1e-4)


def test_three_misses_in_a_row_pause_and_two_do_not() -> None:
    two = run_test(USUAL, [False, False])
    assert (two.decision, two.n, two.n_hits) == (Decision.GO_ON, 2, 0)
    assert two.statistic == pytest.approx(-2.1972, abs=1e-4)
    three = run_test(USUAL, [False, False, False])
    assert three.decision is Decision.PAUSE
    assert three.statistic == pytest.approx(-3.2958, abs=1e-4)


def test_twelve_hits_accept_and_the_next_answer_begins_anew() -> None:
    accepted = run_test(USUAL, [True] * 12)  # 12 × 0.2513 = 3.0158
    assert (accepted.decision, accepted.n, accepted.n_hits, accepted.n_accepted) == (Decision.ACCEPT, 12, 12, 1)
    assert run_test(USUAL, [True] * 11).decision is Decision.GO_ON
    after = run_test(USUAL, [*[True] * 12, False])
    assert (after.decision, after.n, after.n_accepted) == (Decision.GO_ON, 1, 1)
    assert after.statistic == pytest.approx(math.log(1 / 3))


def test_decay_after_long_good_work_is_seen_as_fast_as_at_the_start() -> None:
    # Without a new start 96 hits would stand against 22 misses.
    state = run_test(USUAL, [*[True] * 96, False, False, False])
    assert (state.decision, state.n, state.n_accepted) == (Decision.PAUSE, 3, 8)


def test_a_pause_stays_and_what_came_after_it_is_counted_apart() -> None:
    state = run_test(USUAL, [False, False, False, True, True])
    assert (state.decision, state.n, state.n_hits, state.n_unseen) == (Decision.PAUSE, 3, 0, 2)


def test_no_answer_decides_nothing() -> None:
    assert run_test(USUAL, []) == run_test(USUAL, iter([]))
    assert run_test(USUAL, []).decision is Decision.GO_ON


@pytest.mark.parametrize(("accuracy", "wrong"), [(0.9, Decision.PAUSE), (0.7, Decision.ACCEPT)])
def test_the_first_decision_is_mistaken_no_more_often_than_the_error_allows(accuracy: float, wrong: Decision) -> None:
    rng, n_trials = np.random.default_rng(5), 2000
    mistaken = 0
    for hits in rng.random((n_trials, 400)) < accuracy:
        statistic = np.cumsum(np.where(hits, USUAL.hit_step, USUAL.miss_step))
        end = np.flatnonzero((statistic >= USUAL.accept_at) | (statistic <= USUAL.pause_at))[0]
        mistaken += run_test(USUAL, hits[: end + 1]).decision is wrong
    # Wald: at most error / (1 - error) = 0.0526; and four standard errors of a share of 0.05 in so many trials.
    assert mistaken / n_trials <= 0.0526 + 4 * math.sqrt(0.05 * 0.95 / n_trials)
