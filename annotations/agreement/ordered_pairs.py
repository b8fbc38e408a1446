"""Pairs of candidates of one group, and how alike two sides put them in order.

A ranking is compared by its pairs: which place a candidate has says nothing without the others. Pairs of one group
depend on each other, so that groups are resampled, and each pair weighs the same however many ranked it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotations.agreement.patterns import Patterns
from annotations.agreement.ratio import ratio
from annotations.estimation import FloatArray, IntArray

_BEFORE, _BEHIND, _BESIDE = range(3)


class PairAnswer(StrEnum):
    """What two raters make of a pair together."""

    SAME = "same"
    OPPOSITE = "opposite"
    ONE_TIES = "one_ties"
    BOTH_TIE = "both_tie"


_COLUMNS: Final[Mapping[PairAnswer, list[int]]] = {
    PairAnswer.SAME: [0],
    PairAnswer.OPPOSITE: [1],
    PairAnswer.ONE_TIES: [2, 3],
    PairAnswer.BOTH_TIE: [4],
}


@dataclass(frozen=True)
class OrderedPairs:
    """Pairs of candidates that somebody put in order, by their candidates.

    Attributes:
        first, second: (n_pairs,) the two candidates, the smaller number first.
        group: (n_pairs,) whose they are.
        said: (n_pairs, 3) raters that put the first before the second, behind it and beside it.
    """

    first: IntArray
    second: IntArray
    group: IntArray
    said: IntArray

    @property
    def n_raters(self) -> IntArray:
        """(n_pairs,) who ranked both."""
        n: IntArray = self.said.sum(axis=1)
        return n

    def where(self, rows: NDArray[np.bool_] | IntArray) -> OrderedPairs:
        return OrderedPairs(self.first[rows], self.second[rows], self.group[rows], self.said[rows])


@dataclass(frozen=True)
class Compared:
    """Comparisons of two raters on each of some pairs.

    Attributes:
        pairs: what was compared.
        n: (n_pairs, 5) comparisons that are in the same order, in the opposite one, tied by the first side alone, by
            the second alone, and by both.
    """

    pairs: OrderedPairs
    n: IntArray

    def counts(self) -> dict[PairAnswer, int]:
        """Comparisons by what the two say."""
        n = self.n.sum(axis=0)
        return {answer: int(n[columns].sum()) for answer, columns in _COLUMNS.items()}

    def share_without(self, *answers: PairAnswer) -> FloatArray:
        """(n_pairs,) share of each pair's comparisons that end in none of these ways."""
        columns = [column for answer in answers for column in _COLUMNS[answer]]
        share: FloatArray = 1 - self.n[:, columns].sum(axis=1) / np.maximum(self.n.sum(axis=1), 1)
        return share

    def with_answer(self, answer: PairAnswer) -> NDArray[np.bool_]:
        """(n_pairs,) the pairs of which two raters say this together."""
        found: NDArray[np.bool_] = self.n[:, _COLUMNS[answer]].sum(axis=1) > 0
        return found


@dataclass(frozen=True)
class RankedGroups(Patterns):
    """Groups with what their pairs come to; each group is a pattern of its own.

    Attributes:
        cells: (n_groups, 5) pairs of the group, each shared out over its comparisons; columns as in `Compared`.
    """

    cells: FloatArray


def ordered_pairs(item: IntArray, rater: IntArray, level: IntArray, group: IntArray) -> OrderedPairs:
    """The pairs of one group that a rater gave both of a place, over all raters.

    Args:
        item, rater: (n,) who ranked what; at most one row for a rater and an item.
        level: (n,) the place, 0 the best.
        group: (n,) the item's.
    """
    order = np.lexsort((item, rater, group))
    item, rater, level, group = item[order], rater[order], level[order], group[order]
    rows: list[tuple[IntArray, IntArray]] = []
    for distance in range(1, len(item)):
        one = np.flatnonzero((group[distance:] == group[:-distance]) & (rater[distance:] == rater[:-distance]))
        if not len(one):
            break
        rows.append((one, one + distance))
    nothing = np.empty(0, dtype=np.int64)
    one = np.concatenate([nothing, *(one for one, _ in rows)])
    other = np.concatenate([nothing, *(other for _, other in rows)])
    n_items = int(item.max(initial=0)) + 1
    keys, place, at = np.unique(item[one] * n_items + item[other], return_index=True, return_inverse=True)
    answer = np.sign(level[one] - level[other]) % 3  # before is -1: 2
    said = np.bincount(at * 3 + answer, minlength=3 * len(keys)).reshape(-1, 3)[:, [2, 1, 0]]
    return OrderedPairs(keys // n_items, keys % n_items, group[one[place]], said.astype(np.int64))


def compared_among(pairs: OrderedPairs) -> Compared:
    """Every two of the raters on each pair that two ranked; a tie of one counts half for either side."""
    kept = pairs.where(pairs.n_raters >= 2)
    before, behind, beside = kept.said.T
    one_ties = beside * (before + behind)
    same = (before * (before - 1) + behind * (behind - 1)) // 2
    cells = [same, before * behind, one_ties - one_ties // 2, one_ties // 2, beside * (beside - 1) // 2]
    return Compared(kept, np.stack(cells, axis=1))


def compared_with(pairs: OrderedPairs, others: OrderedPairs) -> Compared:
    """One rater with each of the others on the pairs that they share.

    Args:
        pairs: of the one rater, who is the first side.
    """
    at, at_others = shared_pairs(pairs, others)
    kept, people = pairs.where(at), others.where(at_others).said
    answer = kept.said.argmax(axis=1)
    strict = answer != _BESIDE
    same = np.take_along_axis(people, answer[:, None], axis=1)[:, 0]
    ordered, beside = people[:, _BEFORE] + people[:, _BEHIND], people[:, _BESIDE]
    cells = [strict * same, strict * (ordered - same), ~strict * ordered, strict * beside, ~strict * beside]
    return Compared(kept, np.stack(cells, axis=1).astype(np.int64))


def shared_pairs(one: OrderedPairs, other: OrderedPairs) -> tuple[IntArray, IntArray]:
    """Where in each the pairs stand that are in both."""
    n_items = int(max(one.second.max(initial=0), other.second.max(initial=0))) + 1
    _, at, at_other = np.intersect1d(
        one.first * n_items + one.second, other.first * n_items + other.second, assume_unique=True, return_indices=True
    )
    return at.astype(np.int64), at_other.astype(np.int64)


def occurring(*numbers: IntArray) -> IntArray:
    """Which numbers there are, ascending; of numbers of things that are counted from 0, where sorting is slower."""
    found: IntArray = np.flatnonzero(np.bincount(np.concatenate(numbers))).astype(np.int64)
    return found


def ranked_groups(compared: Compared, *, is_mutual: bool = False, among: IntArray | None = None) -> RankedGroups:
    """The groups that have a comparison.

    Args:
        is_mutual: the two sides are interchangeable, so that what one ties alone is tied half by either.
        among: (n_groups,) the groups in ascending order, where there are to be others too.
    """
    share = compared.n / np.maximum(compared.n.sum(axis=1, keepdims=True), 1)
    if is_mutual:
        share[:, 2:4] = share[:, 2:4].mean(axis=1, keepdims=True)
    groups = occurring(compared.pairs.group) if among is None else among
    at = np.searchsorted(groups, compared.pairs.group)
    cells = np.stack([np.bincount(at, weights=column, minlength=len(groups)) for column in share.T], axis=1)
    return RankedGroups(n_items=np.ones(len(groups), dtype=np.int64), cells=cells.astype(np.float64))


def same_order(groups: RankedGroups, weights: FloatArray) -> FloatArray:
    """Share of pairs in the same order among those that neither side ties.

    Returns: 0..1, by chance 1/2; nan where one side ties every pair.
    """
    same, opposite, *_ties = (weights @ groups.cells).T
    return ratio(same, same + opposite)


def same_answer(groups: RankedGroups, weights: FloatArray) -> FloatArray:
    """Share of pairs of which both sides say the same: before, behind, or tied.

    Returns: 0..1; nan without pairs.
    """
    same, opposite, first_ties, second_ties, both = (weights @ groups.cells).T
    return ratio(same + both, same + opposite + first_ties + second_ties + both)


def ranking_tau_b(groups: RankedGroups, weights: FloatArray) -> FloatArray:
    """Kendall's tau-b over the pairs inside groups; of one group and two raters it is that of their two rankings.

    Returns: -1..1; nan where one side ties every pair.
    Formula: (same - opposite) / √((pairs - ties of one side)(pairs - ties of the other)).  Source: Kendall 1945.
    """
    same, opposite, first_ties, second_ties, _both = (weights @ groups.cells).T
    untied_first, untied_second = same + opposite + second_ties, same + opposite + first_ties
    return ratio(same - opposite, np.sqrt(untied_first) * np.sqrt(untied_second))


RANKING_FIGURES: Final[Mapping[str, Callable[[RankedGroups, FloatArray], FloatArray]]] = {
    "kendall_tau_b": ranking_tau_b,
    "same_order": same_order,
    "same_answer": same_answer,
}
