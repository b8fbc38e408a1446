"""Resampling items, exactly and fast.

Items with the same ratings are interchangeable, so a resample of items is a vector of weights over the
distinct patterns of ratings: a multinomial draw whose size is the number of patterns, not of items. Every
statistic that is computed from weighted patterns is then computed for all resamples in a few matrix products.
Statistics that share one `Resamples` share the resampled items: an interval of their difference is joint.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import stdtrit

from annotations.estimation.arrays import FloatArray, IntArray
from annotations.estimation.interval import Interval

N_RESAMPLES: Final = 1000
N_SUBSAMPLES: Final = 50
MAX_PATTERNS: Final = 4000
"""Above so many distinct patterns the items are split into disjoint subsamples instead of bootstrapped."""


@dataclass(frozen=True)
class Resamples:
    """Weights of the patterns in each resample.

    Attributes:
        weights: (n_resamples, n_patterns); how often items of the pattern were drawn.
        method: `bootstrap`, items drawn with replacement; or `subsamples`, items dealt into disjoint sets.
    """

    weights: FloatArray
    method: Literal["bootstrap", "subsamples"]

    def interval(self, resampled: FloatArray, *, value: float, level: float = 0.95) -> Interval:
        """Interval of a statistic from its values in the resamples.

        Args:
            resampled: (n_resamples,); nan where the resample leaves the statistic undefined.
            value: the statistic of all items.
            level: coverage, 0..1.
        Returns: percentiles of the bootstrap; or value ± t · sd / √n of n subsamples, whose spread is √n
            times that of the whole. nan with fewer than two defined values or an undefined `value`.
        """
        defined = resampled[~np.isnan(resampled)]
        counts = {"n_resamples": len(resampled), "n_undefined": len(resampled) - len(defined)}
        if math.isnan(value) or len(defined) < 2:
            return Interval(math.nan, math.nan, level=level, method=self.method, **counts)
        if self.method == "bootstrap":
            low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
        else:
            spread = defined.std(ddof=1) / math.sqrt(len(defined)) * stdtrit(len(defined) - 1, (1 + level) / 2)
            low, high = value - spread, value + spread
        return Interval(float(low), float(high), level=level, method=self.method, **counts)


def resample_items(n_items: IntArray, *, rng: np.random.Generator, n_resamples: int = N_RESAMPLES) -> Resamples:
    """Draw resamples of items that are known by their pattern only.

    Args:
        n_items: (n_patterns,); how many items have each pattern.
        rng: where the randomness comes from.
        n_resamples: number of bootstrap resamples; with more than `MAX_PATTERNS` patterns there are
            `N_SUBSAMPLES` disjoint subsamples instead.
    """
    if len(n_items) > MAX_PATTERNS:
        return Resamples(_subsample_weights(n_items, rng), "subsamples")
    total = int(n_items.sum())
    if total == 0:
        return Resamples(np.zeros((n_resamples, len(n_items))), "bootstrap")
    # A binomial draw for a pattern costs about as much as drawing five items: do whichever is less.
    if total < 5 * len(n_items):
        return Resamples(_draw_items(n_items, total, n_resamples, rng), "bootstrap")
    weights = rng.multinomial(total, n_items / total, size=n_resamples)
    return Resamples(weights.astype(np.float64), "bootstrap")


def _draw_items(n_items: IntArray, total: int, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    pattern = np.repeat(np.arange(len(n_items)), n_items)
    drawn = pattern[rng.integers(0, total, size=(n_resamples, total))]
    drawn += np.arange(n_resamples)[:, None] * len(n_items)
    weights = np.bincount(drawn.ravel(), minlength=n_resamples * len(n_items))
    return weights.reshape(n_resamples, len(n_items)).astype(np.float64)


def _subsample_weights(n_items: IntArray, rng: np.random.Generator) -> FloatArray:
    pattern = rng.permutation(np.repeat(np.arange(len(n_items)), n_items))
    subsample = np.arange(len(pattern)) % N_SUBSAMPLES
    weights = np.bincount(subsample * len(n_items) + pattern, minlength=N_SUBSAMPLES * len(n_items))
    return weights.reshape(N_SUBSAMPLES, len(n_items)).astype(np.float64)
