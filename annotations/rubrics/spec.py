"""Frozen description of a rubric."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final

from annotations.choices import RationaleNeed, Scale
from annotations.errors import RubricError
from annotations.rubrics.ranking import Ranking
from annotations.sentences import sentence as _

_SIDES: Final = frozenset({"a", "b"})
MISSING: Final = -1
"""Level position of a criterion that was not rated, in integer arrays. In the database it is null."""


@dataclass(frozen=True)
class LevelSpec:
    """One anchored value of a criterion.

    `value` is its number on ordinal scales; `passes` says whether it passes, None where passing has no
    meaning (preferences, plain nominal scales).
    """

    key: str
    label: str
    value: float | None = None
    passes: bool | None = None
    description: str = ""

    def __post_init__(self) -> None:
        if self.value is not None:  # 1 and 1.0 are the same level, and must give the same digest
            object.__setattr__(self, "value", float(self.value))


@dataclass(frozen=True)
class CriterionSpec:
    """One dimension of judgement with its levels in order.

    Attributes:
        rationale: whether people have to give one.
        is_ranking: the levels are places in the item's group, the best first, on an ordinal scale whose values fall;
            if the last one fails, it is below the line and no place.
    """

    key: str
    name: str
    scale: Scale
    levels: tuple[LevelSpec, ...]
    definition: str = ""
    passing_example: str = ""
    failing_example: str = ""
    rationale: RationaleNeed = RationaleNeed.OPTIONAL
    is_ranking: bool = False

    @cached_property
    def positions(self) -> dict[str, int]:
        """Level position by level key."""
        return {level.key: position for position, level in enumerate(self.levels)}

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """What a rater writes to name each level: its label, or its key where two labels read the same."""
        labels = [level.label for level in self.levels]
        spoken = {" ".join(label.casefold().split()) for label in labels}
        if len(spoken) == len(labels) and "" not in spoken:
            return tuple(labels)
        return tuple(level.key for level in self.levels)

    @cached_property
    def ranking(self) -> Ranking | None:
        """The places that the levels are; None for a criterion under which each item is judged by itself."""
        if not self.is_ranking:
            return None
        has_line = self.levels[-1].passes is False
        return Ranking(n_places=len(self.levels) - has_line, has_line=has_line)

    @property
    def can_pass(self) -> bool:
        return any(level.passes is not None for level in self.levels)

    @property
    def is_ordered(self) -> bool:
        return self.scale in (Scale.ORDINAL, Scale.BINARY)

    @cached_property
    def values(self) -> tuple[float, ...]:
        """Numbers of the levels: their `value`, or their position where none is given."""
        return tuple(
            float(position) if level.value is None else level.value for position, level in enumerate(self.levels)
        )


@dataclass(frozen=True)
class RubricSpec:
    """Criteria in order. An item qualifies when every criterion passes."""

    name: str
    criteria: tuple[CriterionSpec, ...]

    @cached_property
    def positions(self) -> dict[str, int]:
        """Criterion position by criterion key."""
        return {criterion.key: position for position, criterion in enumerate(self.criteria)}

    @cached_property
    def level_slices(self) -> tuple[slice, ...]:
        """Where each criterion's levels stand in a distribution, which has those of all criteria in a row."""
        ends = list(accumulate(len(criterion.levels) for criterion in self.criteria))
        return tuple(slice(start, end) for start, end in zip([0, *ends], ends, strict=False))

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything a rater is told; equal digests mean the same rubric."""
        told = asdict(self)
        for criterion in told["criteria"]:
            if criterion["rationale"] is RationaleNeed.OPTIONAL:  # rubrics that say nothing of it keep their digest
                del criterion["rationale"]
            if not criterion["is_ranking"]:  # so too
                del criterion["is_ranking"]
        text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def check_levels(self, levels: Sequence[int | None]) -> None:
        """Refuse ratings that are not of this rubric.

        Raises: RubricError, naming the criterion, what was expected and what came.
        """
        if len(levels) != len(self.criteria):
            raise RubricError(
                _(
                    "expected one level for each of the %(n_criteria)s criteria of “%(name)s”, got %(n_levels)s",
                    n_criteria=len(self.criteria),
                    name=self.name,
                    n_levels=len(levels),
                )
            )
        for criterion, level in zip(self.criteria, levels, strict=True):
            if level is not None and not 0 <= level < len(criterion.levels):
                raise RubricError(
                    _(
                        "criterion “%(criterion)s” has levels 0 to %(n_levels)s, got %(level)s",
                        criterion=criterion.key,
                        n_levels=len(criterion.levels) - 1,
                        level=level,
                    )
                )

    @cached_property
    def ranking(self) -> Ranking | None:
        """How the candidates of a group are ranked; None where each is judged by itself."""
        return next((criterion.ranking for criterion in self.criteria if criterion.ranking), None)

    @cached_property
    def has_sides(self) -> bool:
        """Whether the rubric compares two candidates by levels that name them, so that these can change sides."""
        preferences = [criterion for criterion in self.criteria if criterion.scale is Scale.PREFERENCE]
        return bool(preferences) and all(criterion.positions.keys() >= _SIDES for criterion in preferences)

    def with_sides_exchanged(self, levels: Sequence[int | None]) -> tuple[int | None, ...]:
        """The levels as they are when the candidates of a pair change places."""
        return tuple(
            level if level is None or criterion.scale is not Scale.PREFERENCE else _across(criterion).get(level, level)
            for criterion, level in zip(self.criteria, levels, strict=True)
        )

    def asking_for_a_rationale(self, levels: Sequence[int | None]) -> tuple[int, ...]:
        """Positions of the criteria that ask for a rationale of these levels."""
        return tuple(
            position
            for position, (criterion, level) in enumerate(zip(self.criteria, levels, strict=True))
            if criterion.rationale is RationaleNeed.REQUIRED
            or (
                criterion.rationale is RationaleNeed.REQUIRED_WHEN_FAILING
                and level is not None
                and criterion.levels[level].passes is False
            )
        )

    def qualifies(self, levels: Sequence[int | None]) -> bool | None:
        """Whether every criterion passes; None where that cannot be said.

        A failing level decides at once. Otherwise every criterion that can pass must be rated; a rubric
        without such a criterion (a preference) never qualifies or fails.
        """
        verdicts = [
            None if level is None else criterion.levels[level].passes
            for criterion, level in zip(self.criteria, levels, strict=True)
            if criterion.can_pass
        ]
        if False in verdicts:
            return False
        if not verdicts or None in verdicts:
            return None
        return True


def _across(criterion: CriterionSpec) -> dict[int, int]:
    first, second = criterion.positions["a"], criterion.positions["b"]
    return {first: second, second: first}
