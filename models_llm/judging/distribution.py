"""Distributions over a criterion's levels, and the level that one comes to."""

from __future__ import annotations

import math
from collections.abc import Sequence

from annotations.rubrics import CriterionSpec

Shares = tuple[float, ...]
"""Probabilities of a criterion's levels, summing to 1."""


def merit(criterion: CriterionSpec, level: int) -> tuple[bool, float]:
    """What levels are ordered by, from the worst: those that pass are better, then those of a higher value."""
    return criterion.levels[level].passes is True, criterion.values[level]


def peak(criterion: CriterionSpec, shares: Sequence[float]) -> int:
    """The likeliest level; of several that are alike the worst, so that a judge in doubt lets nothing pass."""
    return min(range(len(shares)), key=lambda level: (-shares[level], merit(criterion, level)))


def expected(criterion: CriterionSpec, shares: Sequence[float]) -> float | None:
    """The mean value over the levels; None where they have no values."""
    if any(level.value is None for level in criterion.levels):
        return None
    return math.fsum(value * share for value, share in zip(criterion.values, shares, strict=True))


def entropy(shares: Sequence[float]) -> float:
    """Entropy as a share of the most there can be: 0 for one sure level, 1 for all alike."""
    return -math.fsum(share * math.log(share) for share in shares if share > 0) / math.log(len(shares))


def one_hot(criterion: CriterionSpec, level: int) -> Shares:
    """All on one level."""
    return tuple(float(position == level) for position in range(len(criterion.levels)))


def mean(several: Sequence[Shares]) -> Shares:
    """The mean of one or more distributions over the same levels."""
    return tuple(math.fsum(column) / len(several) for column in zip(*several, strict=True))
