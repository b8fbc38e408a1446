"""Wilson's interval against published values."""

from __future__ import annotations

import math

import pytest

from annotations.estimation import wilson_interval


@pytest.mark.parametrize(
    ("n_successes", "n_trials", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17:857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals(n_successes: int, n_trials: int, low: float, high: float) -> None:
    interval = wilson_interval(n_successes, n_trials)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_all_and_none_are_mirrored_and_keep_a_width() -> None:
    none, everything = wilson_interval(0, 20), wilson_interval(20, 20)
    assert everything.high == 1.0
    assert everything.low == pytest.approx(1 - none.high)


def test_no_trials_is_nan() -> None:
    interval = wilson_interval(0, 0)
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)
