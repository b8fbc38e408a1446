"""The judge and the people against the same others."""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotations.agreement import LeaveOneOut, judged_patterns, leave_one_out
from annotations.estimation import IntArray, resample_items
from annotations.rubrics import MISSING


def compare(counts: list[list[int]], judge: list[int], seed: int = 0) -> LeaveOneOut:
    patterns = judged_patterns(np.array(counts), np.array(judge), np.arange(len(counts[0]), dtype=float))
    resamples = resample_items(patterns.n_items, rng=np.random.default_rng(seed), n_resamples=200)
    return leave_one_out(patterns, resamples, n_raters=3)


def test_three_people_and_a_judge_by_hand() -> None:
    # Item 1, people 0 0 0, judge 0: each of 3 turns has others 0 0; people right, judge right: weight 1.
    # Item 2, people 0 0 1, judge 0: leaving the 1 out, others 0 0: person wrong, judge right: weight 1/3; leaving
    #   a 0 out, others tie: 2 turns without a reference.
    # Item 3, people 1 1 1, judge 0: people right, judge wrong: weight 1.
    result = compare([[3, 0], [2, 1], [0, 3]], [0, 0, 0])
    assert result.share.judge.value == pytest.approx((1 + 1 / 3) / (2 + 1 / 3))
    assert result.share.people.value == pytest.approx(2 / (2 + 1 / 3))
    assert result.share.difference.value == pytest.approx(result.share.judge.value - result.share.people.value)
    # The others say 0 with weight 1 + 1/3 and 1 with weight 1; a judge who always says 0 is its own baseline.
    assert result.baseline.value == pytest.approx(result.share.judge.value)
    # Chance-corrected, a judge of one level is worth nothing.
    assert result.kappa.judge.value == pytest.approx(0)
    assert result.share.judge.n_pairs == 3 + 1 + 3
    assert result.share.judge.excluded == {"turns whose other people tie": 2}


def test_two_people_are_each_held_to_the_other() -> None:
    # People 0 1, judge 0: each turn has one other; people never right, judge right in one turn of two.
    # People 1 1, judge 1: all right. Every item weighs 1.
    result = compare([[1, 1], [0, 2]], [0, 1])
    assert result.share.people.value == pytest.approx(1 / 2)
    assert result.share.judge.value == pytest.approx(3 / 4)


def test_items_with_one_person_or_without_the_judge_are_left_out() -> None:
    alone = compare([[2, 0], [0, 2], [1, 1]], [0, 1, 0])
    more = compare([[2, 0], [0, 2], [1, 1], [1, 0], [0, 2]], [0, 1, 0, 1, MISSING])
    assert more.share.judge.value == alone.share.judge.value
    assert more.share.judge.n_items == alone.share.judge.n_items == 3


def test_nobody_to_compare_with_is_undefined_and_says_so() -> None:
    result = compare([[1, 0], [0, 1]], [0, 1])
    assert math.isnan(result.share.judge.value)
    assert result.share.judge.undefined is not None
    assert "two people" in result.share.judge.undefined


def simulate(accuracy_of_judge: float, seed: int) -> tuple[IntArray, IntArray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 4000)

    def rate(share: float) -> IntArray:
        return np.where(rng.random(4000) < share, truth, 1 - truth)

    people = np.stack([rate(0.8) for _ in range(3)], axis=1)
    counts = np.stack([(people == level).sum(axis=1) for level in (0, 1)], axis=1)
    return counts, rate(accuracy_of_judge)


def test_a_judge_who_is_one_more_such_person_stands_on_the_ceiling() -> None:
    """Comparing with the majority of all three would put it above: the others are the same for both."""
    counts, judge = simulate(0.8, seed=3)
    result = compare(counts.tolist(), judge.tolist())
    assert result.share.difference.low < 0 < result.share.difference.high
    better = compare(counts.tolist(), simulate(0.95, seed=3)[1].tolist())
    assert better.share.difference.low > 0


def test_the_difference_is_joint_and_so_narrower_than_two_intervals() -> None:
    counts, judge = simulate(0.8, seed=5)
    result = compare(counts.tolist(), judge.tolist())
    apart = (result.share.judge.high - result.share.judge.low) + (result.share.people.high - result.share.people.low)
    assert result.share.difference.high - result.share.difference.low < apart
