"""Whether the members of a jury err together.

A jury is worth more than its best member only where its members err on different items. Which of them are measured,
and against whose consensus, is the caller's to say: the members of a jury that are versions of the project carry their
`version_id`, and their own runs have what they said by themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from annotations.estimation import FloatArray, IntArray, Interval, resample_items
from annotations.rubrics import MISSING, CriterionSpec


@dataclass(frozen=True)
class ErrorCorrelation:
    """How the members' errors go together.

    Attributes:
        correlation: (n_members, n_members); Pearson's, 1 on the diagonal; nan where two members share fewer than two
            items or one of them errs alike on all of these.
        n_items: (n_members, n_members); items that both rated and people decided.
        mean: of the pairs that have a correlation; nan if there is none.
        mean_interval: of `mean`, over resamples of items.
        n_pairs: pairs of members that have a correlation.
        n_effective: how many independent members would be worth as much, n / (1 + (n - 1)·mean); nan without a mean,
            and where errors cancel out so far that the formula has no value.
    """

    correlation: FloatArray
    n_items: IntArray
    mean: float
    mean_interval: Interval
    n_pairs: int
    n_effective: float


def member_errors(criterion: CriterionSpec, levels: IntArray, consensus: IntArray) -> FloatArray:
    """How far each member is from people on each item.

    Args:
        levels: (n_items, n_members) level positions, `MISSING` where a member gave none.
        consensus: (n_items,) level positions, `MISSING` where people did not decide.
    Returns: (n_items, n_members); on an ordinal criterion the member's value less people's, on any other 1 where the
        two differ and 0 where they do not; nan where either is missing.
    """
    if criterion.is_ordered:
        values = np.asarray(criterion.values)
        errors = values[levels] - values[consensus][:, None]
    else:
        errors = (levels != consensus[:, None]).astype(np.float64)
    return np.where((levels == MISSING) | (consensus == MISSING)[:, None], math.nan, errors)


def correlate_errors(errors: FloatArray, *, rng: np.random.Generator) -> ErrorCorrelation:
    """Pairwise correlation of the members' errors.

    Args:
        errors: (n_items, n_members), as `member_errors` gives them.
        rng: draws the resamples of the interval.
    Formula: the variance of a mean of n errors with one variance and mean correlation r is (1 + (n - 1)·r) / n of
        that of one; n_effective is the inverse.
    """
    # No two nan are alike, so they would keep equal rows apart.
    patterns, counts = np.unique(np.nan_to_num(errors, nan=math.inf), axis=0, return_counts=True)
    patterns[np.isinf(patterns)] = math.nan
    whole = _correlations(patterns, counts[None, :].astype(np.float64))[0]
    resamples = resample_items(counts, rng=rng)
    mean = _mean_of_pairs(whole[None])[0]
    rated = (~np.isnan(errors)).astype(np.int64)
    n_members = errors.shape[1]
    inflation = 1 + (n_members - 1) * mean
    return ErrorCorrelation(
        correlation=whole,
        n_items=rated.T @ rated,
        mean=float(mean),
        mean_interval=resamples.interval(_mean_of_pairs(_correlations(patterns, resamples.weights)), value=float(mean)),
        n_pairs=int((~np.isnan(whole[np.triu_indices(n_members, 1)])).sum()),
        n_effective=float(n_members / inflation) if inflation > 0 else math.nan,
    )


def _correlations(patterns: FloatArray, weights: FloatArray) -> FloatArray:
    """Pearson's correlation of all pairs of columns under each row of weights: (n_weights, n_columns, n_columns)."""
    n_columns = patterns.shape[1]
    result = np.ones((len(weights), n_columns, n_columns))
    for one in range(n_columns):
        for other in range(one + 1, n_columns):
            pair = _correlation(patterns[:, one], patterns[:, other], weights)
            result[:, one, other] = result[:, other, one] = pair
    return result


def _correlation(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    both = ~(np.isnan(x) | np.isnan(y))
    x, y, weights = x[both], y[both], weights[:, both]
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        x_off = x - (weights @ x / total)[:, None]
        y_off = y - (weights @ y / total)[:, None]
        spread = np.sqrt((weights * x_off**2).sum(axis=1) * (weights * y_off**2).sum(axis=1))
        together = (weights * x_off * y_off).sum(axis=1)
        return np.where(spread > 1e-12 * total, together / spread, math.nan)


def _mean_of_pairs(correlations: FloatArray) -> FloatArray:
    """Mean over the pairs that have a correlation; nan where there is none."""
    one, other = np.triu_indices(correlations.shape[1], 1)
    pairs = correlations[:, one, other]
    defined = ~np.isnan(pairs)
    with np.errstate(invalid="ignore"):
        mean: FloatArray = np.where(defined, pairs, 0).sum(axis=1) / defined.sum(axis=1)
    return mean
