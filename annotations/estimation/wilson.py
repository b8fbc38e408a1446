"""Wilson's score interval of a proportion."""

from __future__ import annotations

import math

from scipy.special import ndtri

from annotations.estimation.interval import Interval


def wilson_interval(n_successes: float, n_trials: float, *, level: float = 0.95) -> Interval:
    """Interval of a proportion that stays inside 0..1 and keeps a width at 0 and at 1.

    Args:
        n_successes: how many of the trials succeeded.
        n_trials: number of independent trials; with none the interval is nan.
        level: coverage, 0..1.
    Returns: the interval, method `wilson`.
    Formula: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).  Source: Wilson 1927; Newcombe 1998, method 3.
    """
    if n_trials <= 0:
        return Interval(math.nan, math.nan, level=level, method="wilson")
    z = float(ndtri((1 + level) / 2))
    share = n_successes / n_trials
    middle = share + z * z / (2 * n_trials)
    spread = z * math.sqrt(share * (1 - share) / n_trials + z * z / (4 * n_trials * n_trials))
    scale = 1 + z * z / n_trials
    return Interval(
        max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale), level=level, method="wilson"
    )
