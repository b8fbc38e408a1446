"""Newcombe's interval of the difference of two independent proportions."""

from __future__ import annotations

import math

from annotations.estimation.interval import Interval
from annotations.estimation.wilson import wilson_interval


def newcombe_interval(first: float, n_first: float, second: float, n_second: float, *, level: float = 0.95) -> Interval:
    """Interval of `first - second`; it stays inside -1..1 and keeps a width at 0 and at 1.

    Args:
        first, second: two proportions.
        n_first, n_second: trials behind each; of weighted proportions the effective number, which need not be whole.
        level: coverage, 0..1.
    Returns: the interval, method `newcombe`; nan where either has no trials.
    Formula: d - √((p1-l1)² + (u2-p2)²) to d + √((u1-p1)² + (p2-l2)²), with Wilson's l and u of each.
        Source: Newcombe 1998, Statistics in Medicine 17:873, method 10; its table II is what the tests use.
    """
    if n_first <= 0 or n_second <= 0:
        return Interval(math.nan, math.nan, level=level, method="newcombe")
    one = wilson_interval(first * n_first, n_first, level=level)
    two = wilson_interval(second * n_second, n_second, level=level)
    difference = first - second
    low = difference - math.hypot(first - one.low, two.high - second)
    high = difference + math.hypot(one.high - first, second - two.low)
    return Interval(low, high, level=level, method="newcombe")
