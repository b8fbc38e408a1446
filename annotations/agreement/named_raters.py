"""Statistics that need to know which rater gave which rating: intraclass correlations and Conger's kappa.

Each function takes `RatingPatterns` and weights (n_resamples, n_patterns) and returns (n_resamples,) values.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from annotations.agreement.many_raters import percent_agreement
from annotations.agreement.patterns import RatingPatterns
from annotations.agreement.ratio import ratio
from annotations.estimation import FloatArray
from annotations.rubrics import MISSING

IccForm = Literal["1_1", "2_1", "3_1", "1_k", "2_k", "3_k"]


class _MeanSquares(NamedTuple):
    rows: FloatArray
    raters: FloatArray
    error: FloatArray
    within: FloatArray


def intraclass_correlation(patterns: RatingPatterns, weights: FloatArray, *, form: IccForm) -> FloatArray:
    """Intraclass correlation of the numbers of the levels, over items that every rater rated.

    Args:
        form: `1_…` raters differ from item to item, `2_…` raters are a sample, `3_…` these raters only;
            `…_1` reliability of one rating, `…_k` of the mean of all.
    Returns: at most 1; nan with fewer than two complete items, fewer than two raters, or ratings all alike.
    Source: Shrout & Fleiss 1979, table 3.
    """
    n, k, squares = _mean_squares(patterns, weights)
    rows, raters, error, within = squares
    if form == "1_1":
        return ratio(rows - within, rows + (k - 1) * within)
    if form == "1_k":
        return ratio(rows - within, rows)
    if form == "2_1":
        return ratio(rows - error, rows + (k - 1) * error + ratio(k * (raters - error), n))
    if form == "2_k":
        return ratio(rows - error, rows + ratio(raters - error, n))
    if form == "3_1":
        return ratio(rows - error, rows + (k - 1) * error)
    return ratio(rows - error, rows)


def conger_kappa(
    patterns: RatingPatterns, weights: FloatArray, *, level_weights: FloatArray | None = None
) -> FloatArray:
    """Conger's kappa of several raters who are told apart; missing ratings allowed.

    Returns: at most 1; nan where no item has two ratings or all ratings are at one level.
    Formula: (P_a - P_e) / (1 - P_e), P_e = Σ W_kl (p_k p_l - s_kl / R), s_kl the covariance over the R
        raters of their shares of levels k and l.  Source: Conger 1980; Gwet 2014, chapter 2.
    """
    n_levels, n_raters = len(patterns.values), patterns.levels.shape[1]
    level_weights = np.eye(n_levels) if level_weights is None else level_weights
    given = (patterns.levels[:, :, None] == np.arange(n_levels)).reshape(-1, n_raters * n_levels)
    counts = (weights @ given).reshape(-1, n_raters, n_levels)
    shares = np.nan_to_num(ratio(counts, counts.sum(axis=2, keepdims=True)))
    mean = shares.mean(axis=1)
    covariance = np.einsum("brk,brl->bkl", shares - mean[:, None], shares - mean[:, None]) / max(n_raters - 1, 1)
    chance = (level_weights * (mean[:, :, None] * mean[:, None, :] - covariance / n_raters)).sum(axis=(1, 2))
    observed = percent_agreement(patterns.as_counts(), weights, level_weights=level_weights)
    return ratio(observed - chance, 1 - chance)


def _mean_squares(patterns: RatingPatterns, weights: FloatArray) -> tuple[FloatArray, int, _MeanSquares]:
    complete = (patterns.levels != MISSING).all(axis=1)
    scores = patterns.values[patterns.levels[complete]]
    weights = weights[:, complete]
    n, k = weights.sum(axis=1), patterns.levels.shape[1]
    rater_means = ratio(weights @ scores, n[:, None])
    grand = rater_means.mean(axis=1)
    item_means = scores.mean(axis=1)
    between = k * (weights * (item_means - grand[:, None]) ** 2).sum(axis=1)
    within = weights @ ((scores - item_means[:, None]) ** 2).sum(axis=1)
    raters = n * ((rater_means - grand[:, None]) ** 2).sum(axis=1)
    # What rounding leaves of a sum that is 0 must not become a denominator.
    error = np.where(within - raters > 1e-12 * (within + raters), within - raters, 0.0)
    between = np.where(between > 1e-12 * n * k * (grand**2 + 1), between, 0.0)
    degrees = np.maximum(n - 1, 0.0)
    return (
        n,
        k,
        _MeanSquares(
            rows=ratio(between, degrees),
            raters=ratio(raters, np.full_like(raters, k - 1)),
            error=ratio(error, degrees * (k - 1)),
            within=ratio(within, n * (k - 1)),
        ),
    )
