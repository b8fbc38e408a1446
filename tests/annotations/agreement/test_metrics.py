"""Properties that every metric of the list has, whatever the data."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import annotations.agreement as room
from annotations.agreement import (
    METRICS,
    Family,
    Metric,
    classification,
    contingency,
    correlation,
    count_patterns,
    many_raters,
    named_raters,
    rating_patterns,
    sample_of,
    score_patterns,
    two_raters,
)
from annotations.estimation import IntArray, resample_items

VALUES = (1.0, 2.0, 3.0, 4.0)


def metrics_where(keep: Callable[[Metric], bool] = lambda _: True) -> pytest.MarkDecorator:
    kept = [metric for metric in METRICS if keep(metric)]
    return pytest.mark.parametrize("metric", kept, ids=[metric.name for metric in kept])


def patterns_for(metric: Metric, levels: IntArray, values: tuple[float, ...] = VALUES) -> Any:
    """The patterns a metric takes, of two raters' levels (n_items, 2)."""
    if metric.family is Family.COUNTS:
        return rating_patterns(levels, values).as_counts()
    if metric.family is Family.CELLS:
        return contingency(levels[:, 0], levels[:, 1], values)
    if metric.family is Family.SCORES:
        scores = np.array(values)[levels]
        return score_patterns(scores[:, 0], scores[:, 1])
    return rating_patterns(levels, values)


def value(metric: Metric, levels: IntArray, values: tuple[float, ...] = VALUES) -> Any:
    return metric.value(patterns_for(metric, levels, values))


def assert_same(first: Any, second: Any) -> None:
    np.testing.assert_allclose(first, second, rtol=0, atol=1e-9)


two_raters_of_four_levels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=40).map(
    np.array
)


def test_every_statistic_of_the_room_is_in_the_list() -> None:
    """A function that takes patterns and weights is a metric; a metric missing from the list is not tested."""
    listed = set()
    for metric in METRICS:
        function = metric.compute
        while hasattr(function, "func"):
            function = function.func
        listed.add(getattr(function, "__name__", ""))
        listed.update(
            cell.cell_contents.__name__
            for cell in getattr(function, "__closure__", None) or ()
            if callable(cell.cell_contents)
        )
    for module in (many_raters, two_raters, classification, correlation, named_raters):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            is_statistic = function.__code__.co_varnames[:2] == ("patterns", "weights")
            if is_statistic and function.__module__ == module.__name__ and not name.startswith("_"):
                assert name in listed, f"{module.__name__}.{name} is not in METRICS"


def test_metric_names_are_unique() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert set(room.METRIC) == {metric.name for metric in METRICS}


@metrics_where()
@settings(max_examples=25, deadline=None)
@given(levels=two_raters_of_four_levels, seed=st.integers(0, 100))
def test_order_of_items_does_not_matter(metric: Metric, levels: IntArray, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(levels)
    assert_same(value(metric, levels), value(metric, shuffled))


@metrics_where(lambda metric: metric.is_symmetric)
@settings(max_examples=25, deadline=None)
@given(levels=two_raters_of_four_levels)
def test_order_of_raters_does_not_matter(metric: Metric, levels: IntArray) -> None:
    assert_same(value(metric, levels), value(metric, levels[:, ::-1]))


@metrics_where(lambda metric: not metric.is_symmetric)
def test_order_of_raters_matters_where_the_list_says_so(metric: Metric) -> None:
    # Judge 0 0 0 1 2, people 0 1 1 1 1: every asymmetric figure differs when they change places.
    levels = np.array([[0, 0], [0, 1], [0, 1], [1, 1], [2, 1]])
    assert not np.allclose(value(metric, levels), value(metric, levels[:, ::-1]), equal_nan=True)


@metrics_where(lambda metric: not metric.uses_order)
@settings(max_examples=25, deadline=None)
@given(levels=two_raters_of_four_levels, relabel=st.permutations(range(4)))
def test_relabelling_changes_nothing_nominal(metric: Metric, levels: IntArray, relabel: list[int]) -> None:
    relabelled = value(metric, np.array(relabel)[levels])
    assert_same(value(metric, levels), relabelled[relabel] if metric.per_level else relabelled)


@metrics_where(lambda metric: metric.uses_order)
def test_relabelling_changes_what_uses_the_order(metric: Metric) -> None:
    levels = np.array([[0, 1], [1, 1], [2, 3], [3, 2], [0, 0], [3, 3], [2, 1]])
    relabelled = np.array([2, 0, 3, 1])[levels]
    assert not np.allclose(value(metric, levels), value(metric, relabelled))


@metrics_where(lambda metric: metric.perfect is not None)
def test_perfect_agreement_on_two_levels_or_more_is_perfect(metric: Metric) -> None:
    levels = np.repeat(np.array([0, 1, 2, 3, 0, 2])[:, None], 2, axis=1)
    assert_same(value(metric, levels), metric.perfect)


@metrics_where()
def test_one_level_throughout_is_undefined_with_a_reason_where_chance_is_corrected(metric: Metric) -> None:
    levels = np.full((120, 2), 2)
    patterns = patterns_for(metric, levels)
    resamples = resample_items(patterns.n_items, rng=np.random.default_rng(0), n_resamples=20)
    estimate = metric.estimates(patterns, resamples, sample_of(patterns, n_raters=2))[0]
    if metric.corrects_chance:
        assert math.isnan(estimate.value)
        assert math.isnan(estimate.low)
        assert estimate.undefined == metric.undefined
        assert not estimate.reliable
    elif not metric.per_level:
        assert estimate.undefined is None


@metrics_where()
def test_no_items_is_undefined_with_a_reason(metric: Metric) -> None:
    patterns = patterns_for(metric, np.empty((0, 2), dtype=np.int64))
    resamples = resample_items(patterns.n_items, rng=np.random.default_rng(0), n_resamples=20)
    for estimate in metric.estimates(patterns, resamples, sample_of(patterns, n_raters=2)):
        assert math.isnan(estimate.value)
        assert estimate.undefined == "no item was rated by two raters"


# Sample sizes enter alpha's expectation, the rank ties of tau-b and the mean squares by design.
@metrics_where(lambda metric: not metric.name.startswith(("krippendorff", "icc", "kendall", "conger")))
@settings(max_examples=25, deadline=None)
@given(levels=two_raters_of_four_levels)
def test_duplicating_every_item_leaves_the_value(metric: Metric, levels: IntArray) -> None:
    assert_same(value(metric, levels), value(metric, np.concatenate([levels, levels])))


@metrics_where()
@settings(max_examples=10, deadline=None)
@given(levels=two_raters_of_four_levels, seed=st.integers(0, 100))
def test_a_resample_has_the_value_of_the_items_drawn(metric: Metric, levels: IntArray, seed: int) -> None:
    """Weighted patterns and the drawn items themselves give the same number, metric by metric."""
    patterns = patterns_for(metric, levels)
    weights = resample_items(patterns.n_items, rng=np.random.default_rng(seed), n_resamples=3).weights
    drawn = type(patterns)(**{**vars(patterns), "n_items": weights[1].astype(np.int64)})
    assert_same(metric.compute(patterns, weights)[1], metric.value(drawn))


@metrics_where()
def test_an_interval_holds_the_value_and_says_where_it_comes_from(metric: Metric) -> None:
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 4, 400)
    levels = np.where(rng.random((400, 2)) < 0.7, truth[:, None], rng.integers(0, 4, (400, 2)))
    patterns = patterns_for(metric, levels)
    resamples = resample_items(patterns.n_items, rng=rng, n_resamples=400)
    for estimate in metric.estimates(patterns, resamples, sample_of(patterns, n_raters=2)):
        assert estimate.low < estimate.value < estimate.high
        assert estimate.reliable
        assert estimate.n_items == 400
        assert estimate.n_pairs == 400
        assert estimate.method in ("bootstrap", "wilson", "linearised")


def test_affine_maps_leave_interval_alpha_and_increasing_maps_ordinal_alpha() -> None:
    levels = np.array([[0, 1], [1, 1], [2, 3], [3, 2], [0, 0], [3, 3], [2, 1]])
    interval, ordinal = room.METRIC["krippendorff_alpha_interval"], room.METRIC["krippendorff_alpha_ordinal"]
    assert_same(value(interval, levels), value(interval, levels, (-4.0, -1.0, 2.0, 5.0)))
    assert_same(value(ordinal, levels), value(ordinal, levels, (1.0, 4.0, 9.0, 16.0)))
    assert abs(value(interval, levels) - value(interval, levels, (1.0, 4.0, 9.0, 16.0))) > 1e-3


@settings(max_examples=50, deadline=None)
@given(levels=two_raters_of_four_levels)
def test_alpha_of_two_complete_raters_is_corrected_scott_pi(levels: IntArray) -> None:
    # judge_science 8.3, Krippendorff 2011: alpha = 1 - (1 - pi)(2N - 1) / 2N
    pi = value(room.METRIC["scott_pi"], levels)
    n = len(levels)
    assert_same(value(room.METRIC["krippendorff_alpha_nominal"], levels), 1 - (1 - pi) * (2 * n - 1) / (2 * n))
    assert_same(value(room.METRIC["fleiss_kappa"], levels), pi)


def test_items_with_one_rating_change_ac1_but_never_alpha() -> None:
    counts = np.array([[2, 0], [1, 1], [0, 2], [2, 0]])
    more = np.concatenate([counts, [[1, 0], [1, 0]]])
    alpha, ac1 = room.METRIC["krippendorff_alpha_nominal"], room.METRIC["gwet_ac1"]
    assert_same(alpha.value(count_patterns(counts, (0, 1))), alpha.value(count_patterns(more, (0, 1))))
    # AC1: P_a = 3/4; shares before (5/8, 3/8): P_e = 2·15/64 = .46875; after (4.5/6, 1.5/6): P_e = 2·.1875 = .375
    assert ac1.value(count_patterns(counts, (0, 1))) == pytest.approx((0.75 - 0.46875) / (1 - 0.46875))
    assert ac1.value(count_patterns(more, (0, 1))) == pytest.approx((0.75 - 0.375) / (1 - 0.375))


def test_an_unused_level_of_the_scale_counts() -> None:
    """Weighted kappa on a 3-level scale is not that of the 2 levels that happen to occur."""
    levels = np.array([[0, 0], [1, 1], [0, 1], [1, 1]])
    ac1 = room.METRIC["gwet_ac1"]
    assert value(ac1, levels, (0.0, 1.0)) != pytest.approx(value(ac1, levels, (0.0, 1.0, 2.0)))


@pytest.mark.parametrize(
    ("n_items", "n_other", "doubt"),
    [
        (99, 50, "99 items; the interval needs 100"),
        (100, 9, "9 items carry an uncommon level; the interval needs 10"),
        (100, 10, None),
    ],
)
def test_a_bootstrap_interval_of_few_items_or_few_minority_levels_is_doubted(
    n_items: int, n_other: int, doubt: str | None
) -> None:
    levels = np.zeros((n_items, 2), dtype=np.int64)
    levels[:n_other, 0] = 1
    levels[: n_other - 3, 1] = 1
    patterns = contingency(levels[:, 0], levels[:, 1], (0, 1))
    resamples = resample_items(patterns.n_items, rng=np.random.default_rng(1), n_resamples=200)
    estimate = room.METRIC["cohen_kappa_nominal"].estimate(patterns, resamples, sample_of(patterns, n_raters=2))
    assert estimate.doubt == doubt
    assert estimate.reliable == (doubt is None)
