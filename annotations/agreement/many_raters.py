"""Agreement of any number of interchangeable raters, from count tables.

Each function takes `CountPatterns` and weights (n_resamples, n_patterns) and returns (n_resamples,) values.
Level weights are agreement weights (n_levels, n_levels) as in `level_weights`.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from annotations.agreement.patterns import CountPatterns
from annotations.agreement.ratio import ratio
from annotations.estimation import FloatArray, Interval

DistanceKind = Literal["nominal", "ordinal", "interval", "ratio"]


def percent_agreement(
    patterns: CountPatterns, weights: FloatArray, *, level_weights: FloatArray | None = None
) -> FloatArray:
    """Share of agreeing rater pairs, averaged over items with two ratings or more.

    Returns: 0..1; nan where no item has two ratings.
    Formula: mean_i Σ_k C_ik (C_ik - 1) / (n_i (n_i - 1)).  Source: Fleiss 1971.
    """
    agreeing = _pairwise_agreement(patterns, _or_nominal(patterns, level_weights))
    return ratio(weights @ agreeing, weights @ (patterns.n_ratings >= 2))


def fleiss_kappa(
    patterns: CountPatterns, weights: FloatArray, *, level_weights: FloatArray | None = None
) -> FloatArray:
    """Fleiss' kappa, in Gwet's form for unequal numbers of ratings; with two raters it is Scott's pi.

    Returns: at most 1; nan where no item has two ratings or all ratings are at one level.
    Formula: (P_a - P_e) / (1 - P_e), P_e = Σ W_kl π_k π_l, π_k = mean_i C_ik / n_i.
    Source: Fleiss 1971; Gwet 2014, chapter 2.
    """
    level_weights = _or_nominal(patterns, level_weights)
    shares = _level_shares(patterns, weights)
    chance = np.einsum("bk,kl,bl->b", shares, level_weights, shares)
    return _beyond_chance(percent_agreement(patterns, weights, level_weights=level_weights), chance)


def brennan_prediger(
    patterns: CountPatterns, weights: FloatArray, *, level_weights: FloatArray | None = None
) -> FloatArray:
    """Agreement beyond that of raters who choose levels evenly; with two levels it is PABAK.

    Returns: at most 1; nan where no item has two ratings.
    Formula: (P_a - P_e) / (1 - P_e), P_e = Σ W_kl / K².  Source: Brennan & Prediger 1981.
    """
    level_weights = _or_nominal(patterns, level_weights)
    observed = percent_agreement(patterns, weights, level_weights=level_weights)
    return _beyond_chance(observed, np.full(len(weights), level_weights.mean()))


def gwet_ac(patterns: CountPatterns, weights: FloatArray, *, level_weights: FloatArray | None = None) -> FloatArray:
    """Gwet's AC1 (nominal level weights) or AC2 (others).

    Items with one rating take part in the shares of the levels, as in Gwet's definition.

    Returns: at most 1; nan where no item has two ratings.
    Formula: (P_a - P_e) / (1 - P_e), P_e = Σ W / (K (K-1)) · Σ_k π_k (1 - π_k).  Source: Gwet 2008, 2014.
    """
    level_weights = _or_nominal(patterns, level_weights)
    shares = _level_shares(patterns, weights)
    chance = _gwet_factor(level_weights) * (shares * (1 - shares)).sum(axis=1)
    return _beyond_chance(percent_agreement(patterns, weights, level_weights=level_weights), chance)


def gwet_interval(patterns: CountPatterns, *, level_weights: FloatArray | None = None, level: float = 0.95) -> Interval:
    """Analytic interval of `gwet_ac`, cut at 1: holds on small, skewed samples where the bootstrap does not.

    Formula: value ± t_{n-1} · `gwet_standard_error`.
    """
    n_rated = int(patterns.n_items[patterns.n_ratings > 0].sum())
    value = float(gwet_ac(patterns, patterns.observed, level_weights=level_weights)[0])
    if math.isnan(value) or n_rated < 2:
        return Interval(math.nan, math.nan, level=level, method="linearised")
    spread = gwet_standard_error(patterns, level_weights=level_weights) * stdtrit(n_rated - 1, (1 + level) / 2)
    return Interval(float(value - spread), float(min(1.0, value + spread)), level=level, method="linearised")


def gwet_standard_error(patterns: CountPatterns, *, level_weights: FloatArray | None = None) -> float:
    """Standard error of `gwet_ac` by linearisation over items; nan where it is undefined.

    Source: Gwet 2014, chapter 5 (large population, raters fixed).
    """
    level_weights = _or_nominal(patterns, level_weights)
    rated = patterns.n_ratings > 0
    items, n_ratings = patterns.n_items[rated], patterns.n_ratings[rated]
    n, n_pairable = items.sum(), patterns.n_pairable
    if n < 2 or not n_pairable:
        return math.nan
    value = gwet_ac(patterns, patterns.observed, level_weights=level_weights)[0]
    shares = _level_shares(patterns, patterns.observed)[0]
    factor = _gwet_factor(level_weights)
    chance = factor * (shares * (1 - shares)).sum()
    agreeing = _pairwise_agreement(patterns, level_weights)[rated]
    gain = (n / n_pairable) * (agreeing - chance * (n_ratings >= 2)) / (1 - chance)
    item_chance = factor * (patterns.counts[rated] / n_ratings[:, None]) @ (1 - shares)
    influence = gain - 2 * (1 - value) * (item_chance - chance) / (1 - chance)
    return float(np.sqrt((items * (influence - value) ** 2).sum() / (n * (n - 1))))


def krippendorff_alpha(
    patterns: CountPatterns,
    weights: FloatArray,
    *,
    distance: DistanceKind = "nominal",
    level_weights: FloatArray | None = None,
) -> FloatArray:
    """Krippendorff's alpha; items with one rating never change it.

    Args:
        distance: metric of the scale; `interval` and `ratio` use the numbers of the levels.
        level_weights: agreement weights to use instead of a metric.
    Returns: at most 1; nan with fewer than two pairable ratings or all of them at one level.
    Formula: 1 - Σ o_ck d_ck / Σ e_ck d_ck.  Source: Krippendorff 2011.
    """
    pairable = patterns.n_ratings >= 2
    counts = patterns.counts * pairable[:, None]
    n_levels = counts.shape[1]
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(n_levels)
    pairs /= np.maximum(patterns.n_ratings - 1, 1)[:, None, None]
    observed = (weights @ pairs.reshape(-1, n_levels**2)).reshape(-1, n_levels, n_levels)
    ratings = weights @ counts
    total = ratings.sum(axis=1)
    expected = ratings[:, :, None] * ratings[:, None, :]  # the diagonal has no distance
    distances = _distances(distance, patterns.values, ratings) if level_weights is None else 1 - level_weights
    disagreement = (observed * distances).sum(axis=(1, 2)) * (total - 1)
    return 1 - ratio(disagreement, (expected * distances).sum(axis=(1, 2)))


def _distances(kind: DistanceKind, values: FloatArray, ratings: FloatArray) -> FloatArray:
    """(n_resamples or 1, n_levels, n_levels); the ordinal metric depends on the use of the levels."""
    if kind == "nominal":
        return 1.0 - np.eye(len(values))[None]
    if kind == "ordinal":
        middle_ranks = ratings.cumsum(axis=1) - ratings / 2
        return (middle_ranks[:, :, None] - middle_ranks[:, None, :]) ** 2
    difference = values[:, None] - values[None, :]
    if kind == "interval":
        return (difference**2)[None]
    total = values[:, None] + values[None, :]
    relative: FloatArray = np.nan_to_num(ratio(difference, total))[None] ** 2
    return relative


def _pairwise_agreement(patterns: CountPatterns, level_weights: FloatArray) -> FloatArray:
    """(n_patterns,); share of agreeing pairs of ratings, 0 where there is no pair."""
    n = patterns.n_ratings
    near = patterns.counts @ level_weights.T
    agreeing: FloatArray = (patterns.counts * (near - 1)).sum(axis=1) / np.maximum(n * (n - 1), 1)
    return agreeing * (n >= 2)


def _level_shares(patterns: CountPatterns, weights: FloatArray) -> FloatArray:
    """(n_resamples, n_levels); mean over rated items of the share of ratings at each level."""
    n = patterns.n_ratings
    shares = patterns.counts / np.maximum(n, 1)[:, None]
    return ratio(weights @ shares, (weights @ (n > 0))[:, None])


def _gwet_factor(level_weights: FloatArray) -> float:
    n_levels = len(level_weights)
    return float(level_weights.sum()) / (n_levels * (n_levels - 1))


def _or_nominal(patterns: CountPatterns, level_weights: FloatArray | None) -> FloatArray:
    return np.eye(patterns.counts.shape[1]) if level_weights is None else level_weights


def _beyond_chance(observed: FloatArray, chance: FloatArray) -> FloatArray:
    return ratio(observed - chance, 1 - chance)
