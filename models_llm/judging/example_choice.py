"""Which decided items are worth showing to a judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_OF_EACH: Final = 100


@dataclass(frozen=True)
class Decided:
    """An item that people decided on every criterion.

    Attributes:
        levels: a level position for every criterion.
        rank: 0 for the surest decision; more for a less sure one.
        group: only one item of a group is shown.
    """

    levels: tuple[int, ...]
    rank: int
    group: str


def choose_balanced(decided: Sequence[Decided], n: int, rng: np.random.Generator) -> list[int]:
    """Positions of at most `n` items, one after the other.

    The next one shows most levels that none has shown yet; among those the surest decision counts, then how rare its
    levels are among the chosen, then the lot.
    """
    lots = rng.permutation(len(decided))
    some = _some_of_each(decided, lots)
    shown: dict[tuple[int, int], int] = {}
    groups: set[str] = set()
    chosen: list[int] = []
    while len(chosen) < n:
        free = [position for position in some if decided[position].group not in groups]
        if not free:
            break
        best = max(free, key=lambda position: (*_worth(decided[position], shown), int(lots[position])))
        chosen.append(best)
        groups.add(decided[best].group)
        for rating in enumerate(decided[best].levels):
            shown[rating] = shown.get(rating, 0) + 1
    return chosen


def _some_of_each(decided: Sequence[Decided], lots: NDArray[np.int64]) -> list[int]:
    """Positions of a few items of each pattern of levels and rank, by lot: the others are worth no more."""
    found: dict[tuple[tuple[int, ...], int], list[int]] = {}
    for position in map(int, np.argsort(-lots)):
        alike = found.setdefault((decided[position].levels, decided[position].rank), [])
        if len(alike) < _OF_EACH:
            alike.append(position)
    return [position for alike in found.values() for position in alike]


def _worth(one: Decided, shown: dict[tuple[int, int], int]) -> tuple[int, int, float]:
    times = [shown.get(rating, 0) for rating in enumerate(one.levels)]
    return times.count(0), -one.rank, sum(1 / (1 + n) for n in times)
