"""How likely each item is to be drawn, and how many of each group are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_AS_GOOD_AS_CERTAIN = 1 - 1e-12
_LEAST_WEIGHT = 1e-9
"""Of the largest weight: what a group of no weight has, so that it takes what the others have no room for."""


def mixed_sizes(scores: FloatArray, uniform_share: float) -> FloatArray:
    """The share of a draw that each item has: in part the same for all, in part by its score.

    Args:
        scores: one an item; nan where nothing is known, which counts as the mean of the others; below 0 counts as 0.
        uniform_share: the part that is the same for all.
    Returns: sizes with a mean of 1, `uniform_share + (1 - uniform_share) score / mean score`; all 1 where no score
        is above 0.
    """
    known = ~np.isnan(scores)
    mean = float(np.clip(scores[known], 0, None).mean()) if known.any() else 0.0
    if mean <= 0:
        return np.ones(len(scores))
    filled = np.where(known, np.clip(scores, 0, None), mean)
    return np.asarray(uniform_share + (1 - uniform_share) * filled / mean)


def inclusion_probabilities(sizes: FloatArray, n: int) -> FloatArray:
    """Probabilities in proportion to the sizes that sum to `n`; what is above 1 is cut off and spread over the others.

    Args:
        sizes: above 0.
        n: 0 to the number of sizes.
    Source: Särndal, Swensson & Wretman 1992, section 3.6.1 (proportional to size, certainty units set apart).
    """
    if n >= len(sizes):
        return np.ones(len(sizes))
    probabilities = np.zeros(len(sizes))
    rest = np.ones(len(sizes), dtype=bool)
    while True:
        n_rest = n - (len(sizes) - int(rest.sum()))
        probabilities[rest] = n_rest * (sizes[rest] / sizes[rest].sum())
        certain = rest & (probabilities >= _AS_GOOD_AS_CERTAIN)
        if not certain.any():
            return probabilities
        probabilities[certain] = 1.0
        rest &= ~certain


def neyman_allocation(sizes: IntArray, spreads: FloatArray, n: int, least: int) -> IntArray:
    """How many of each group are drawn: in proportion to its size and its spread, `n` in all.

    Args:
        sizes: items in each group.
        spreads: standard deviation of what is estimated in each group, in any unit.
        n: at least the sum of the floors, at most the sum of the sizes.
        least: of each group, or all of it where it has fewer.
    Returns: whole numbers that sum to `n`, within floors and sizes; rounded by largest remainder.
    Formula: n_h ∝ N_h s_h.  Source: Neyman 1934; Cochran 1977, equation 5.26.
    """
    low, high = np.minimum(sizes, least).astype(np.float64), sizes.astype(np.float64)
    weights = sizes * spreads
    if not (weights > 0).any():
        weights = high
    weights = np.maximum(weights, _LEAST_WEIGHT * weights.max())
    # What is drawn in all is a broken line over the common factor, with a corner where a group meets a bound.
    corners = np.unique(np.concatenate([[0.0], low / weights, high / weights]))
    totals = np.array([np.clip(factor * weights, low, high).sum() for factor in corners])
    shares = np.clip(float(np.interp(n, totals, corners)) * weights, low, high)
    return largest_remainder(shares, n)


def largest_remainder(shares: FloatArray, n: int) -> IntArray:
    """Whole numbers that sum to `n`, each less than one away from its share.

    Args:
        shares: 0 or more, with a sum of `n`.
    """
    whole = np.floor(shares).astype(np.int64)
    first = np.argsort(-(shares - whole), kind="stable")[: n - int(whole.sum())]
    whole[first] += 1
    return whole


def levelled(had: FloatArray, most: FloatArray, n: float) -> FloatArray:
    """What each group is given so that those that had the least come level first; `n` in all.

    Args:
        had: what each group has already.
        most: what each group can be given.
        n: to be given; all that can be where it is more.
    """
    corners = np.unique(np.concatenate([had, had + most]))
    totals = np.array([np.clip(level - had, 0, most).sum() for level in corners])
    return np.asarray(np.clip(float(np.interp(n, totals, corners)) - had, 0, most))
