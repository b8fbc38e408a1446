"""Places of the candidates of a group, as levels of a criterion that ranks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FEWEST_RANKED: Final = 2
MOST_RANKED: Final = 10
"""A person who has to hold more candidates against each other orders the middle by chance."""


@dataclass(frozen=True)
class Ranking:
    """The places that a rubric offers.

    A level below `n_places` is a place, 0 the best. Candidates of one place are tied.

    Attributes:
        n_places: as many candidates a group may have at most.
        has_line: whether the level after the places is below the line: candidates that deserve none.
    """

    n_places: int
    has_line: bool = False

    def may_rank(self, n_candidates: int) -> bool:
        return FEWEST_RANKED <= n_candidates <= self.n_places

    def closed_up(self, levels: Sequence[int]) -> tuple[int, ...]:
        """The same order with the places that it has: behind two that are tied for the first comes the third.

        Only the order of what was chosen counts, so 2, 5, 5 and 1, 2, 2 are one answer. Below the line stays there.

        Args:
            levels: of the candidates of a group, one each; at most `n_places` of them.
        """
        return tuple(level if self.is_below_line(level) else sum(other < level for other in levels) for level in levels)

    def is_below_line(self, level: int) -> bool:
        return self.has_line and level == self.n_places


@dataclass(frozen=True)
class Preference:
    """How many rankers put the one candidate before the other, behind it, and beside it."""

    n_before: int
    n_behind: int
    n_tied: int

    @property
    def n(self) -> int:
        return self.n_before + self.n_behind + self.n_tied


def preference(one: Mapping[int, int], other: Mapping[int, int]) -> Preference:
    """What those who ranked both candidates make of the two.

    Args:
        one, other: the candidate's level by ranker.
    """
    pairs = [(level, other[ranker]) for ranker, level in one.items() if ranker in other]
    return Preference(
        n_before=sum(level < than for level, than in pairs),
        n_behind=sum(level > than for level, than in pairs),
        n_tied=sum(level == than for level, than in pairs),
    )
