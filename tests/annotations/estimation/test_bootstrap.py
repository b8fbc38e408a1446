"""Resampling items through their patterns."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from annotations.estimation import FloatArray, IntArray, resample_items
from annotations.estimation.bootstrap import MAX_PATTERNS, N_SUBSAMPLES


def share_of_ones(weights: FloatArray) -> FloatArray:
    """Patterns 0 and 1: the share of items with pattern 1."""
    return weights[:, 1] / weights.sum(axis=1)


@pytest.mark.parametrize("n_items", [[3, 0, 5], [40, 160], [1] * 30])
def test_a_resample_has_as_many_items_and_only_patterns_that_occur(n_items: list[int]) -> None:
    patterns = np.array(n_items)
    resamples = resample_items(patterns, rng=np.random.default_rng(0), n_resamples=50)
    assert resamples.weights.shape == (50, len(patterns))
    assert (resamples.weights.sum(axis=1) == patterns.sum()).all()
    assert (resamples.weights[:, patterns == 0] == 0).all()
    assert len({tuple(row) for row in resamples.weights}) > 1


@pytest.mark.parametrize("n_items", [[4, 12], [400, 1200]])
def test_both_ways_to_draw_have_binomial_spread(n_items: list[int]) -> None:
    # The weight of pattern 1 is binomial(n, 3/4): sd = sqrt(n · 3/16); 20,000 draws pin it to about 0.5 %.
    resamples = resample_items(np.array(n_items), rng=np.random.default_rng(1), n_resamples=20_000)
    n = sum(n_items)
    assert resamples.weights[:, 1].mean() == pytest.approx(0.75 * n, rel=0.01)
    assert resamples.weights[:, 1].std() == pytest.approx(math.sqrt(n * 3 / 16), rel=0.03)


def test_the_same_seed_gives_the_same_resamples() -> None:
    first, second = (resample_items(np.array([5, 9]), rng=np.random.default_rng(4)) for _ in range(2))
    assert (first.weights == second.weights).all()


def test_many_patterns_are_dealt_into_disjoint_subsamples() -> None:
    n_items = np.full(MAX_PATTERNS + 1, 2)
    resamples = resample_items(n_items, rng=np.random.default_rng(0))
    assert resamples.method == "subsamples"
    assert resamples.weights.shape == (N_SUBSAMPLES, MAX_PATTERNS + 1)
    assert (resamples.weights.sum(axis=0) == n_items).all()


def test_subsamples_give_the_interval_of_a_mean() -> None:
    # Ascending, as distinct patterns come: dealt without shuffling, all subsamples would be alike.
    values = np.sort(np.random.default_rng(2).normal(size=MAX_PATTERNS * 5))
    resamples = resample_items(np.ones(len(values), dtype=np.int64), rng=np.random.default_rng(3))
    means = resamples.weights @ values / resamples.weights.sum(axis=1)
    interval = resamples.interval(means, value=float(values.mean()))
    # The textbook half-width 1.96 / √n; an sd from 50 subsamples is within 30 % of it nearly always.
    assert (interval.high - interval.low) / 2 == pytest.approx(1.96 / math.sqrt(len(values)), rel=0.3)
    assert interval.low < values.mean() < interval.high


def test_undefined_resamples_are_left_out_and_counted() -> None:
    resamples = resample_items(np.array([5, 5]), rng=np.random.default_rng(0), n_resamples=4)
    interval = resamples.interval(np.array([math.nan, 0.0, 1.0, math.nan]), value=0.5, level=0.5)
    assert (interval.low, interval.high) == (0.25, 0.75)
    assert (interval.n_resamples, interval.n_undefined) == (4, 2)


@pytest.mark.parametrize(("resampled", "value"), [([math.nan, 0.2], 0.2), ([0.1, 0.2], math.nan)])
def test_without_two_resamples_or_a_value_there_is_no_interval(resampled: list[float], value: float) -> None:
    resamples = resample_items(np.array([5, 5]), rng=np.random.default_rng(0), n_resamples=2)
    interval = resamples.interval(np.array(resampled), value=value)
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    n_trials, covered = 400, 0
    for _ in range(n_trials):
        ones = int(rng.binomial(300, 0.3))
        n_items: IntArray = np.array([300 - ones, ones])
        resamples = resample_items(n_items, rng=rng, n_resamples=300)
        interval = resamples.interval(share_of_ones(resamples.weights), value=ones / 300)
        covered += interval.low <= 0.3 <= interval.high
    # 95 % nominal; percentiles of 300 resamples lose about 1 %. Refuse what a true 94 % gives once in 10,000.
    low, high = stats.binom.ppf([1e-4, 1 - 1e-4], n_trials, 0.94)
    assert low <= covered <= high
