"""Plurality vote with an explicit rule for ties."""

from __future__ import annotations

import numpy as np

from annotations.estimation import FloatArray, IntArray
from annotations.rubrics import MISSING


def majority(counts: IntArray) -> IntArray:
    """The level that most raters of an item gave.

    A tie has no winner: breaking it by the order of the levels or of the rows would be a silent bias towards
    one class. The item is `MISSING` and one more rating settles it.

    Args:
        counts: (n_items, n_levels); ratings of each item at each level.
    Returns: (n_items,) level positions; `MISSING` where levels tie or nobody rated.
    """
    if not len(counts):
        return np.empty(0, dtype=np.int64)
    most = counts.max(axis=1)
    winners = counts == most[:, None]
    decided = (winners.sum(axis=1) == 1) & (most > 0)
    return np.where(decided, winners.argmax(axis=1), MISSING).astype(np.int64)


def vote_shares(counts: IntArray) -> FloatArray:
    """Share of an item's ratings at each level.

    Args:
        counts: (n_items, n_levels).
    Returns: (n_items, n_levels), rows summing to 1; nan rows where nobody rated.
    """
    totals = counts.sum(axis=1, keepdims=True).astype(np.float64)
    shares: FloatArray = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    return shares
