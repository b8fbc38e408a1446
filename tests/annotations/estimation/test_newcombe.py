"""Newcombe's interval against published values."""

from __future__ import annotations

import math

import pytest

from annotations.estimation import newcombe_interval


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17:873, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_published_intervals(first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
    (hits, n), (others, m) = first, second
    interval = newcombe_interval(hits / n, n, others / m, m)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_without_trials_it_is_nan() -> None:
    assert math.isnan(newcombe_interval(0.5, 10, 0.0, 0).low)
