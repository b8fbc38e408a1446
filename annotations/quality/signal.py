"""A figure about a person, which never stands alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from annotations.estimation import wilson_interval

LEVEL: Final = 0.95


@dataclass(frozen=True)
class Signal:
    """A figure with its interval and what it was computed from.

    Attributes:
        value: nan where it is undefined; then `undefined` says why in words.
        low, high: ends of the 95 % interval; nan where there is none.
        n: answers, turns or items that count towards it.
        doubt: why the interval is not to be relied on, in words; None where it is.
    """

    value: float
    low: float
    high: float
    n: int
    undefined: str | None = None
    doubt: str | None = None


def undefined(reason: str, n: int = 0) -> Signal:
    """A signal without a value, and why it has none."""
    return Signal(math.nan, math.nan, math.nan, n, undefined=reason)


def share(n_hits: float, n: int, *, reason: str) -> Signal:
    """A proportion with Wilson's interval.

    Args:
        reason: why there is no proportion, should `n` be 0.
    """
    if n == 0:
        return undefined(reason)
    interval = wilson_interval(n_hits, n, level=LEVEL)
    return Signal(n_hits / n, interval.low, interval.high, n)
