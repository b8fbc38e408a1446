"""A judge's levels against the level people gave: how often right, and where wrong.

Rows of the contingency table are the judge, columns the people; in an `UnreadContingency` a last row holds
the items where nothing could be read from the judge, each of them a miss. Functions of one value return
(n_resamples,); functions per level return (n_resamples, n_levels).
"""

from __future__ import annotations

import numpy as np

from annotations.agreement.patterns import Contingency
from annotations.agreement.ratio import ratio
from annotations.estimation import FloatArray


def accuracy(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Share of items where the judge gave the people's level; nan without items."""
    tables = patterns.tables(weights)
    return ratio(_hits(tables).sum(axis=1), tables.sum(axis=(1, 2)))


def majority_baseline(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Accuracy of always giving the level that people gave most often: what no judge may fall below."""
    tables = patterns.tables(weights)
    return ratio(tables.sum(axis=1).max(axis=1), tables.sum(axis=(1, 2)))


def precision(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Share of the judge's ratings at a level that people share; nan where the judge never gave it."""
    tables = patterns.tables(weights)
    return ratio(_hits(tables), _given(tables))


def recall(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Share of the people's ratings at a level that the judge found; nan where people never gave it."""
    tables = patterns.tables(weights)
    return ratio(_hits(tables), tables.sum(axis=1))


def specificity(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Share of items at other levels that the judge kept out of this one; nan where people gave no other."""
    tables = patterns.tables(weights)
    given, wanted, n_items = _given(tables), tables.sum(axis=1), tables.sum(axis=(1, 2))[:, None]
    return ratio(n_items - given - wanted + _hits(tables), n_items - wanted)


def f1(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Harmonic mean of precision and recall of a level; nan where neither side gave it.

    With two raters of equal standing it is the specific agreement on that level.
    """
    tables = patterns.tables(weights)
    return ratio(2 * _hits(tables), _given(tables) + tables.sum(axis=1))


def macro_precision(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Mean precision over the levels the judge gave; nan without items."""
    return _mean_defined(precision(patterns, weights))


def macro_recall(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Mean recall over the levels people gave (balanced accuracy); nan without items."""
    return _mean_defined(recall(patterns, weights))


def macro_f1(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Mean F1 over the levels that either side gave; nan without items."""
    return _mean_defined(f1(patterns, weights))


def weighted_f1(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Mean F1 with levels weighted by how often people gave them; nan without items."""
    support = patterns.tables(weights).sum(axis=1)
    return ratio((np.nan_to_num(f1(patterns, weights)) * support).sum(axis=1), support.sum(axis=1))


def weighted_precision(patterns: Contingency, weights: FloatArray) -> FloatArray:
    """Mean precision with levels weighted by how often people gave them.

    Returns: nan without items, and where the judge never gave a level that people gave.
    """
    tables = patterns.tables(weights)
    support = tables.sum(axis=1)
    per_level = np.where(support > 0, precision(patterns, weights), 0.0)
    return ratio((per_level * support).sum(axis=1), support.sum(axis=1))


def _mean_defined(per_level: FloatArray) -> FloatArray:
    defined = ~np.isnan(per_level)
    return ratio(np.where(defined, per_level, 0.0).sum(axis=1), defined.sum(axis=1))


def _given(tables: FloatArray) -> FloatArray:
    """(n_resamples, n_levels); how often the judge gave each level. A last row of unread items is of no level."""
    totals: FloatArray = tables.sum(axis=2)
    return totals[:, : tables.shape[2]]


def _hits(tables: FloatArray) -> FloatArray:
    return np.diagonal(tables, axis1=1, axis2=2)
