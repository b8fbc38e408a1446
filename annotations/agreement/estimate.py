"""A figure that never stands alone: value, interval, what it was computed from and how far to trust it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from annotations.estimation import Interval
from annotations.sentences import sentence as _

MIN_ITEMS: Final = 100
MIN_MINORITY: Final = 10
"""Below either, the percentile bootstrap covers too little (levels 90/7/3, 30 items: 76 %, not 95 %)."""

MAX_UNDEFINED: Final = 0.01

NO_PAIR: Final = _("no item was rated by two raters")
ONE_LEVEL: Final = _("all ratings are at one level, so agreement by chance is complete")


@dataclass(frozen=True)
class Sample:
    """What a statistic was computed from.

    Attributes:
        n_items: items that count towards it.
        n_raters: raters whose ratings count towards it.
        n_pairs: pairs of ratings that were compared.
        n_minority: items that carry a level other than the commonest; None for numbers without levels.
        excluded: what was left out, by reason.
    """

    n_items: int
    n_raters: int
    n_pairs: int
    n_minority: int | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """A statistic with its interval.

    Attributes:
        value: nan where it is undefined; then `undefined` says why in words.
        low, high: ends of the interval at coverage `level`; nan where there is none.
        method: where the interval comes from.
        doubt: why the interval cannot be relied on, in words; None where it can.
    """

    value: float
    low: float
    high: float
    level: float
    method: str
    n_items: int
    n_raters: int
    n_pairs: int
    excluded: Mapping[str, int]
    undefined: str | None = None
    doubt: str | None = None

    @property
    def reliable(self) -> bool:
        """Whether value and interval can both be relied on."""
        return self.undefined is None and self.doubt is None


def estimate_of(value: float, interval: Interval, sample: Sample, *, undefined: str) -> Estimate:
    """Put a value, its interval and its sample together.

    Args:
        undefined: why the statistic has no value, should it have none.
    """
    is_undefined = math.isnan(value)
    return Estimate(
        value=value,
        low=interval.low,
        high=interval.high,
        level=interval.level,
        method=interval.method,
        n_items=sample.n_items,
        n_raters=sample.n_raters,
        n_pairs=sample.n_pairs,
        excluded=sample.excluded,
        undefined=undefined if is_undefined else None,
        doubt=None if is_undefined else _doubt(interval, sample),
    )


def _doubt(interval: Interval, sample: Sample) -> str | None:
    """Why an interval is not to be relied on; analytic ones hold on small samples."""
    if math.isnan(interval.low):
        return _("too few items for an interval")
    if interval.method in ("wilson", "linearised"):
        return _("the interval has no width: no disagreement was seen") if interval.low == interval.high else None
    if sample.n_items < MIN_ITEMS:
        return _("%(n)s items; the interval needs %(fewest)s", n=sample.n_items, fewest=MIN_ITEMS)
    if sample.n_minority is not None and sample.n_minority < MIN_MINORITY:
        return _(
            "%(n)s items carry an uncommon level; the interval needs %(fewest)s",
            n=sample.n_minority,
            fewest=MIN_MINORITY,
        )
    if interval.n_undefined > MAX_UNDEFINED * interval.n_resamples:
        return _("undefined in %(n)s of %(of)s resamples", n=interval.n_undefined, of=interval.n_resamples)
    if interval.low == interval.high:
        return _("the interval has no width: every resample gives the same value")
    return None
