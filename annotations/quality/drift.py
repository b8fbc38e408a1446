"""How a person changes while they sit at it: slopes over the hours of a sitting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from annotations.estimation import FloatArray, IntArray
from annotations.quality.signal import LEVEL, Signal, share, undefined
from annotations.sentences import sentence as _

PAUSE_S: Final = 30 * 60
"""Whoever gives no answer for so long has stood up: the next answer begins a sitting."""
FEWEST: Final = 20
"""Answers below which no slope is drawn through them."""
SHORTEST_H: Final = 0.5
"""Hours that they have to span: drawn out to an hour, a slope over minutes is any number."""


@dataclass(frozen=True)
class HourOfSitting:
    """Answers of one hour of all sittings, and how many of them were right or agreed."""

    hour: int
    hits: Signal


def hours_of_sitting(finished_s: FloatArray) -> FloatArray:
    """(n,); hours since the sitting began, of answers in the order of `finished_s`, in seconds."""
    if not len(finished_s):
        return np.empty(0)
    begins = np.concatenate([[True], np.diff(finished_s) > PAUSE_S])
    start = finished_s[np.flatnonzero(begins)][np.cumsum(begins) - 1]
    hours: FloatArray = (finished_s - start) / 3600
    return hours


def slope(hours: FloatArray, values: FloatArray) -> Signal:
    """Change of `values` an hour, by least squares, with an interval that holds where the spread changes too.

    Args:
        values: (n,); nan where there is none.
    Formula: HC3 standard errors (MacKinnon & White 1985), t quantile with n - 2 degrees of freedom.
    """
    known = ~np.isnan(values)
    x, y = hours[known], values[known]
    n = len(x)
    if n < FEWEST:
        return undefined(_("%(n)s answers; a slope needs %(fewest)s", n=n, fewest=FEWEST), n)
    if np.ptp(x) < SHORTEST_H:
        return undefined(_("all answers came within half an hour of a sitting"), n)
    middle = x - x.mean()
    squares = float(middle @ middle)
    value = float(middle @ y / squares)
    leverage = 1 / n + middle**2 / squares
    residual = (y - y.mean() - value * middle) / np.maximum(1 - leverage, 1e-9)
    error = math.sqrt(float((middle**2 * residual**2).sum())) / squares
    spread = error * float(stdtrit(n - 2, (1 + LEVEL) / 2))
    return Signal(value, value - spread, value + spread, n)


def relative_slope(hours: FloatArray, logs: FloatArray) -> Signal:
    """Relative change an hour of something whose logs are given; 0.1 is 10 % more each hour."""
    found = slope(hours, logs)
    if found.undefined:
        return found
    value, low, high = (math.expm1(min(end, 700.0)) for end in (found.value, found.low, found.high))
    return Signal(value, low, high, found.n)


def by_hour(hours: FloatArray, hits: NDArray[np.bool_]) -> tuple[HourOfSitting, ...]:
    """Share of hits in each hour of a sitting that has any answers."""
    whole: IntArray = hours.astype(np.int64)
    return tuple(
        HourOfSitting(
            int(hour), share(int(hits[whole == hour].sum()), int((whole == hour).sum()), reason=_("no answer"))
        )
        for hour in np.unique(whole)
    )
