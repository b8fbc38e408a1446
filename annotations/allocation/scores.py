"""What directs a draw: how little is known of an item, or of its slice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annotations.allocation.inclusion import FloatArray, IntArray, levelled


def uncertainty(distributions: FloatArray, n_levels: Sequence[int]) -> FloatArray:
    """How unsure a judge was of each item, as the standard deviation of being right.

    Args:
        distributions: (n_items, sum of n_levels), the probabilities over the levels, criterion after criterion; nan
            where a criterion was not rated.
        n_levels: levels of each criterion.
    Returns: root of the mean over the criteria of 1 - Σ p²; nan where no criterion was rated. With two levels that is
        2 p (1 - p), so it grows as sqrt(p (1 - p)), the best scores for a directed draw.
    """
    ends = np.cumsum(n_levels)[:-1]
    spread = [1 - np.square(shares).sum(axis=1) for shares in np.split(distributions, ends, axis=1)]
    return _root_of_mean(np.column_stack(spread))


def disagreement(judge_items: IntArray, levels: IntArray, n_items: int) -> FloatArray:
    """How much judges differ on each item, as the standard deviation of one judge beside another.

    Args:
        judge_items: (n_judgements,) place of the judged item.
        levels: (n_judgements, n_criteria), -1 where a criterion was not rated.
        n_items: items in all.
    Returns: root of the mean over the criteria of the share of pairs of judges that differ; nan where no criterion was
        rated by two.
    """
    differing = np.full((n_items, levels.shape[1]), np.nan)
    for criterion in range(levels.shape[1]):
        rated = levels[:, criterion] >= 0
        items, given = judge_items[rated], levels[rated, criterion]
        n = np.bincount(items, minlength=n_items).astype(np.float64)
        cells, counts = np.unique(np.column_stack([items, given]), axis=0, return_counts=True)
        alike = np.bincount(cells[:, 0], weights=counts * (counts - 1.0), minlength=n_items)
        pairs = n * (n - 1)
        np.divide(pairs - alike, pairs, out=differing[:, criterion], where=pairs > 0)
    return _root_of_mean(differing)


def coverage(groups: IntArray, answers: FloatArray, n: int) -> FloatArray:
    """Scores that bring the slices with the fewest answers level first.

    Args:
        groups: number of each item's slice value.
        answers: what there is of each slice value.
        n: items that are to be drawn.
    Returns: for each item, the share of its slice that would be drawn.
    """
    counts = np.bincount(groups, minlength=len(answers)).astype(np.float64)
    given = levelled(answers, counts, n)
    return np.asarray((given / np.maximum(counts, 1))[groups])


def largest_of_group(scores: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    """The largest of the scores of each group's items; nan where none is known.

    Args:
        group: (n_items,) number of each item's group.
    """
    largest = np.full(n_groups, np.nan)
    np.fmax.at(largest, group, scores)
    return largest


def root_mean_of_group(squares: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    """Root of the mean of what is known of each group, as standard deviations are put together; nan for nothing known.

    Args:
        squares: (n,) variances of what stands in the groups, nan where unknown.
        group: (n,) number of the group.
    """
    known = ~np.isnan(squares)
    n = np.bincount(group[known], minlength=n_groups).astype(np.float64)
    total = np.bincount(group[known], weights=squares[known], minlength=n_groups)
    mean = np.full(n_groups, np.nan)
    np.divide(total, n, out=mean, where=n > 0)
    return np.asarray(np.sqrt(mean))


def _root_of_mean(values: FloatArray) -> FloatArray:
    """By row, over what is not nan."""
    known = ~np.isnan(values)
    n = known.sum(axis=1)
    mean = np.full(len(values), np.nan)
    np.divide(np.where(known, values, 0).sum(axis=1), n, out=mean, where=n > 0)
    return np.asarray(np.sqrt(np.clip(mean, 0, None)))
