"""What statistics of agreement are computed from: distinct patterns of ratings and how many items have each.

The levels are those that the scale declares, never those that happen to be in the data: an unused level
changes weighted statistics. Missing ratings are `MISSING`. Every statistic takes patterns and `weights`
(n_resamples, n_patterns) and returns one value for each row of weights; `patterns.observed` is the row of
weights of the data itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotations.estimation import FloatArray, IntArray
from annotations.rubrics import MISSING


@dataclass(frozen=True)
class Patterns:
    """Base: `n_items` (n_patterns,) is how many items have each pattern."""

    n_items: IntArray

    @property
    def observed(self) -> FloatArray:
        """(1, n_patterns); the weights of the items as they are."""
        return self.n_items[None].astype(np.float64)


@dataclass(frozen=True)
class CountPatterns(Patterns):
    """Rows of an items × levels count table, for any number of interchangeable raters.

    Attributes:
        counts: (n_patterns, n_levels); ratings at each level.
        values: (n_levels,); the numbers of the levels, in order.
    """

    counts: FloatArray
    values: FloatArray

    @property
    def n_ratings(self) -> FloatArray:
        """(n_patterns,); ratings of an item with this pattern."""
        totals: FloatArray = self.counts.sum(axis=1)
        return totals

    @property
    def n_pairs(self) -> int:
        """Pairs of ratings of one item by two raters."""
        n = self.n_ratings
        return int((self.n_items * n * (n - 1) / 2).sum())

    @property
    def n_pairable(self) -> int:
        """Items with two ratings or more."""
        return int(self.n_items[self.n_ratings >= 2].sum())


@dataclass(frozen=True)
class Contingency(Patterns):
    """Two raters' ratings of the same items: rows the first (the judge), columns the second (people).

    Its patterns are the cells of the table, row by row.
    """

    values: FloatArray

    @property
    def n_levels(self) -> int:
        return len(self.values)

    @property
    def table(self) -> IntArray:
        """(n_levels, n_levels); items in each cell."""
        return self.n_items.reshape(self.n_levels, self.n_levels)

    @property
    def n_pairs(self) -> int:
        return int(self.n_items.sum())

    def tables(self, weights: FloatArray) -> FloatArray:
        """(n_resamples, n_levels, n_levels); the table of each row of weights."""
        return weights.reshape(len(weights), -1, self.n_levels)

    def as_counts(self) -> CountPatterns:
        """The same patterns with the two raters interchangeable."""
        one = np.eye(self.n_levels)
        counts = (one[:, None, :] + one[None, :, :]).reshape(-1, self.n_levels)
        return CountPatterns(n_items=self.n_items, counts=counts, values=self.values)


class UnreadContingency(Contingency):
    """A table with one row more: items where nothing could be read from the first rater.

    The figures of a classifier count such an item as a miss; chance-corrected ones are not defined on it.
    """

    @property
    def table(self) -> IntArray:
        """(n_levels + 1, n_levels); the last row is of the unread."""
        return self.n_items.reshape(-1, self.n_levels)


@dataclass(frozen=True)
class RatingPatterns(Patterns):
    """Rows of an items × raters matrix, where it matters who rated.

    Attributes:
        levels: (n_patterns, n_raters) level positions; `MISSING` where a rater gave none.
        values: (n_levels,); the numbers of the levels, in order.
    """

    levels: IntArray
    values: FloatArray

    def as_counts(self) -> CountPatterns:
        """The same patterns with the raters interchangeable."""
        counts = np.stack([(self.levels == level).sum(axis=1) for level in range(len(self.values))], axis=1)
        return CountPatterns(n_items=self.n_items, counts=counts.astype(np.float64), values=self.values)


@dataclass(frozen=True)
class ScorePatterns(Patterns):
    """Distinct pairs of numbers that two sides gave to an item."""

    x: FloatArray
    y: FloatArray

    @property
    def n_pairs(self) -> int:
        return int(self.n_items.sum())


def count_patterns(counts: IntArray, values: Sequence[float]) -> CountPatterns:
    """Patterns of a count table.

    Args:
        counts: (n_items, n_levels); ratings of each item at each level. Items nobody rated are left out.
        values: numbers of the declared levels, in order.
    """
    rows, n_items = distinct_rows(counts[counts.any(axis=1)])
    return CountPatterns(n_items=n_items, counts=rows.astype(np.float64), values=np.asarray(values, float))


def rating_patterns(levels: IntArray, values: Sequence[float]) -> RatingPatterns:
    """Patterns of an items × raters matrix of level positions, `MISSING` where there is no rating."""
    rows, n_items = distinct_rows(levels)
    return RatingPatterns(n_items=n_items, levels=rows, values=np.asarray(values, float))


def contingency(first: IntArray, second: IntArray, values: Sequence[float]) -> Contingency:
    """Table of two raters' levels (n_items,); items that either did not rate are left out."""
    both = (first != MISSING) & (second != MISSING)
    cells = first[both] * len(values) + second[both]
    n_items = np.bincount(cells, minlength=len(values) ** 2)
    return Contingency(n_items=n_items.astype(np.int64), values=np.asarray(values, float))


def with_unread(cells: Contingency, unread: IntArray) -> UnreadContingency:
    """The table with the second rater's levels (n_unread,) of items where the first could not be read."""
    missed = np.bincount(unread[unread != MISSING], minlength=cells.n_levels)
    return UnreadContingency(n_items=np.concatenate([cells.n_items, missed]), values=cells.values)


def contingency_of(table: Sequence[Sequence[int]], values: Sequence[float] | None = None) -> Contingency:
    """Contingency table that was counted elsewhere; levels are 0, 1, … unless `values` says otherwise."""
    cells = np.asarray(table, dtype=np.int64)
    numbers = np.arange(len(cells), dtype=np.float64) if values is None else np.asarray(values, float)
    return Contingency(n_items=cells.ravel(), values=numbers)


def score_patterns(x: FloatArray, y: FloatArray) -> ScorePatterns:
    """Distinct pairs of the numbers (n_items,) that two sides gave; items with a nan are left out."""
    both = ~(np.isnan(x) | np.isnan(y))
    pairs = np.empty(int(both.sum()), dtype=np.complex128)
    pairs.real, pairs.imag = x[both], y[both]
    distinct, n_items = np.unique(pairs, return_counts=True)
    return ScorePatterns(n_items=n_items.astype(np.int64), x=distinct.real.copy(), y=distinct.imag.copy())


def distinct_rows(rows: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct rows of an integer matrix in a fixed order, and how often each occurs."""
    if not len(rows):
        return rows, np.empty(0, dtype=np.int64)
    low, high = rows.min(axis=0), rows.max(axis=0)
    spans = [int(span) for span in high - low + 1]
    if math.prod(spans) >= 2**62:
        distinct, n_items = np.unique(rows, axis=0, return_counts=True)
        return distinct, n_items.astype(np.int64)
    # One integer a row: many times faster than comparing rows.
    steps = np.array([math.prod(spans[column + 1 :]) for column in range(len(spans))], dtype=np.int64)
    _, first, n_items = np.unique((rows - low) @ steps, return_index=True, return_counts=True)
    return rows[first], n_items.astype(np.int64)
