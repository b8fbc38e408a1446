"""Correlation of the numbers that two sides gave to the same items.

Each coefficient takes `ScorePatterns` and weights (n_resamples, n_patterns) and returns
(n_resamples,) values. A correlation hides a constant offset: `mean_difference` and
`root_mean_square_difference` stand beside it.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from annotations.agreement.patterns import ScorePatterns
from annotations.agreement.ratio import ratio
from annotations.estimation import FloatArray, IntArray

_MAX_MATRIX: Final = 4000
"""Up to so many patterns the signs of all pairs fit in one matrix, and all resamples in one product."""


def pearson_r(patterns: ScorePatterns, weights: FloatArray) -> FloatArray:
    """Pearson's correlation; nan without items or where one side is constant."""
    return _weighted_pearson(patterns.x[None], patterns.y[None], weights)


def spearman_rho(patterns: ScorePatterns, weights: FloatArray) -> FloatArray:
    """Spearman's rank correlation with middle ranks for ties, ranked anew in each resample.

    Returns: -1..1; nan without items or where one side is constant.
    """
    return _weighted_pearson(_middle_ranks(patterns.x, weights), _middle_ranks(patterns.y, weights), weights)


def kendall_tau_b(patterns: ScorePatterns, weights: FloatArray) -> FloatArray:
    """Kendall's tau-b.

    Returns: -1..1; nan without items or where one side is constant.
    Formula: (concordant - discordant) / √((pairs - ties in x)(pairs - ties in y)).  Source: Kendall 1945.
    """
    pairs = _pairs(weights.sum(axis=1))
    untied_x = pairs - _tied_pairs(patterns.x, weights)
    untied_y = pairs - _tied_pairs(patterns.y, weights)
    return ratio(_concordance(patterns, weights), np.sqrt(untied_x) * np.sqrt(untied_y))


def mean_difference(patterns: ScorePatterns, weights: FloatArray) -> FloatArray:
    """Mean of x - y: how much milder the first side is; nan without items."""
    return ratio(weights @ (patterns.x - patterns.y), weights.sum(axis=1))


def root_mean_square_difference(patterns: ScorePatterns, weights: FloatArray) -> FloatArray:
    """Root of the mean squared difference; nan without items."""
    return np.sqrt(ratio(weights @ (patterns.x - patterns.y) ** 2, weights.sum(axis=1)))


def spearman_p_value(patterns: ScorePatterns) -> float:
    """Two-sided p of no rank correlation, by the t distribution with n - 2 degrees of freedom."""
    rho = float(spearman_rho(patterns, patterns.observed)[0])
    n = patterns.n_pairs
    if math.isnan(rho) or n < 3:
        return math.nan
    if abs(rho) == 1:
        return 0.0
    return float(2 * stdtr(n - 2, -abs(rho) * math.sqrt((n - 2) / (1 - rho * rho))))


def kendall_p_value(patterns: ScorePatterns) -> float:
    """Two-sided p of no rank correlation, by the normal approximation with the variance corrected for ties.

    Source: Kendall 1970, chapter 4.
    """
    n = patterns.n_pairs
    x, y = _tie_sizes(patterns.x, patterns.n_items), _tie_sizes(patterns.y, patterns.n_items)
    if n < 3 or len(x) < 2 or len(y) < 2:
        return math.nan
    spread = n * (n - 1) * (2 * n + 5) - sum((size * (size - 1) * (2 * size + 5)).sum() for size in (x, y))
    pairs = math.prod((size * (size - 1)).sum() for size in (x, y)) / (2 * n * (n - 1))
    triples = math.prod((size * (size - 1) * (size - 2)).sum() for size in (x, y))
    variance = spread / 18 + pairs + triples / (9 * n * (n - 1) * (n - 2))
    concordance = float(_concordance(patterns, patterns.observed)[0])
    return float(2 * ndtr(-abs(concordance) / math.sqrt(variance)))


def _weighted_pearson(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    total = weights.sum(axis=1)
    dx = x - ratio((weights * x).sum(axis=1), total)[:, None]
    dy = y - ratio((weights * y).sum(axis=1), total)[:, None]
    xx, yy = (weights * dx * dx).sum(axis=1), (weights * dy * dy).sum(axis=1)
    xy = (weights * dx * dy).sum(axis=1)
    # Rounding leaves a constant side a variance near the square of the last digit: that is none.
    floor_x, floor_y = (1e-24 * total * (np.abs(side).max(axis=1, initial=0.0)) ** 2 for side in (x, y))
    varies = (xx > floor_x) & (yy > floor_y)
    return np.clip(ratio(xy, np.where(varies, np.sqrt(xx) * np.sqrt(yy), 0.0)), -1.0, 1.0)


def _middle_ranks(side: FloatArray, weights: FloatArray) -> FloatArray:
    """(n_resamples, n_patterns); 1-based ranks of one side's numbers among the weighted items."""
    distinct, position = np.unique(side, return_inverse=True)
    at_value = _sum_by(position, weights, len(distinct))
    middle: FloatArray = at_value.cumsum(axis=1) - (at_value - 1) / 2
    ranks: FloatArray = middle[:, position]
    return ranks


def _tied_pairs(side: FloatArray, weights: FloatArray) -> FloatArray:
    distinct, position = np.unique(side, return_inverse=True)
    tied: FloatArray = _pairs(_sum_by(position, weights, len(distinct))).sum(axis=1)
    return tied


def _tie_sizes(side: FloatArray, n_items: IntArray) -> FloatArray:
    _, position = np.unique(side, return_inverse=True)
    return np.bincount(position, weights=n_items).astype(np.float64)


def _sum_by(position: NDArray[np.intp], weights: FloatArray, n_groups: int) -> FloatArray:
    """(n_resamples, n_groups); weights summed over the patterns of each group."""
    order = np.argsort(position, kind="stable")
    starts = np.searchsorted(position[order], np.arange(n_groups))
    if not len(order):
        return np.zeros((len(weights), 0))
    sums: FloatArray = np.add.reduceat(weights[:, order], starts, axis=1)
    return sums


def _pairs(n: FloatArray) -> FloatArray:
    pairs: FloatArray = n * (n - 1) / 2
    return pairs


def _concordance(patterns: ScorePatterns, weights: FloatArray) -> FloatArray:
    """Concordant minus discordant pairs of items."""
    if len(patterns.x) <= _MAX_MATRIX:
        signs = (_order(patterns.x) * _order(patterns.y)).astype(np.float32)
        # Single precision is twice as fast and exact: whole numbers that add up to less than 2**24 items.
        ahead = (weights.astype(np.float32) @ signs).astype(np.float64)
        balance: FloatArray = (ahead * weights).sum(axis=1) / 2
        return balance
    return np.array([_concordance_of(patterns.x, patterns.y, row) for row in weights])


def _order(side: FloatArray) -> NDArray[np.int8]:
    """(n_patterns, n_patterns); 1 where the row's number is higher, -1 where it is lower, else 0."""
    higher = side[:, None] > side
    return higher.astype(np.int8) - higher.T.astype(np.int8)


def _concordance_of(x: FloatArray, y: FloatArray, weights: FloatArray) -> float:
    """Concordant minus discordant pairs of many items, in blocks of ascending x.

    A block is compared with all before it by the weights they have below and above each y, and inside itself
    pair by pair: n·√n steps instead of n².
    """
    drawn = weights > 0
    x, y, weights = x[drawn], y[drawn], weights[drawn]
    order = np.argsort(x, kind="stable")
    x, weights = x[order], weights[order]
    distinct, rank = np.unique(y[order], return_inverse=True)
    size = max(64, math.isqrt(len(x)))
    before = np.zeros(len(distinct))
    total = 0.0
    start = 0
    while start < len(x):
        # Equal x are not ordered, so a block never parts them: it ends before the value at its edge, or takes
        # all of that value where it begins with it.
        edge = x[min(start + size, len(x)) - 1]
        stop = int(np.searchsorted(x, edge, side="left"))
        if stop <= start:
            stop = int(np.searchsorted(x, edge, side="right"))
        block = slice(start, stop)
        below = before.cumsum()
        at, w = rank[block], weights[block]
        total += float((w * ((below[at] - before[at]) - (below[-1] - below[at]))).sum())
        if x[start] != x[stop - 1]:
            signs = np.sign(x[block, None] - x[block]) * np.sign(at[:, None] - at)
            total += float(w @ signs @ w) / 2
        before += np.bincount(at, weights=w, minlength=len(distinct))
        start = stop
    return total
