"""Each person against the other people on the same items, each left out in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotations.aggregation import majority
from annotations.agreement import Ratings, level_counts, positions_of
from annotations.choices import RaterKind
from annotations.estimation import IntArray
from annotations.quality.matching import matches
from annotations.quality.signal import Signal, share
from annotations.rubrics import MISSING
from annotations.sentences import sentence as _

NOBODY_ELSE = _("no item was also rated by other people whose ratings have a majority")


@dataclass(frozen=True)
class WithOthers:
    """One person and the majority of the other people.

    Attributes:
        every: share of items on which the person gives the others' level on every criterion where they have one.
        criteria: for each criterion, the share of items on which the person gives the others' level.
        items: (n,) ids of the items that `every` counts.
        agrees: (n,) whether the person agrees with the others there.
        n_tied: items that others rated too, but on no criterion with a majority; left out.
    """

    every: Signal
    criteria: tuple[Signal, ...]
    items: IntArray
    agrees: NDArray[np.bool_]
    n_tied: int


def with_others(ratings: Ratings) -> dict[int, WithOthers]:
    """Each person beside the other people, by the id of their rater.

    Only what was said without seeing a judge counts, of the person and of the others. An item counts once for a person,
    so the intervals are Wilson's.
    """
    blind = ratings.where(~ratings.assisted)
    people = positions_of(blind, RaterKind.PERSON)
    blind = blind.where(blind.by(people))
    counts = level_counts(blind)
    return {blind.raters[person].id: _beside(blind, counts, int(person)) for person in people}


def _beside(ratings: Ratings, counts: list[IntArray], person: int) -> WithOthers:
    rows = ratings.rater == person
    item, said = ratings.item[rows], ratings.levels[rows]
    others = [_without(counts[i][item], said[:, i]) for i in range(said.shape[1])]
    reference = np.stack([majority(found) for found in others], axis=1).reshape(said.shape)
    # Where the person rated nothing there is nothing to compare.
    reference = np.where(said == MISSING, MISSING, reference)
    counted = (reference != MISSING).any(axis=1)
    rated_by_others = sum((found.sum(axis=1) for found in others), start=np.zeros(len(item), dtype=np.int64)) > 0
    agrees = matches(said, reference)
    return WithOthers(
        every=share(int(agrees[counted].sum()), int(counted.sum()), reason=NOBODY_ELSE),
        criteria=tuple(
            share(int((said == reference)[known, i].sum()), int(known.sum()), reason=NOBODY_ELSE)
            for i, known in enumerate((reference != MISSING).T)
        ),
        items=ratings.items[item[counted]],
        agrees=agrees[counted],
        n_tied=int((rated_by_others & ~counted).sum()),
    )


def _without(counts: IntArray, own: IntArray) -> IntArray:
    """Counts of levels less the person's own."""
    left = counts.copy()
    rated = own != MISSING
    left[np.flatnonzero(rated), own[rated]] -= 1
    return left
