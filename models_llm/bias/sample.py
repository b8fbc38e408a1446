"""What an audit works on: a judge, items drawn for it, and the altered items that checks want judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from annotations.choices import Scale
from annotations.rubrics import CriterionSpec, RubricSpec
from models_llm.bias.setup import AS_IT_IS, Setup
from models_llm.judging import ItemVerdict, JudgedItem


@dataclass(frozen=True)
class Subject:
    """The judge that is audited, as far as a check needs to know it.

    Attributes:
        models: names of the language models that it asks; empty for a judge that asks none.
        was_fitted: whether it, or a member of it, was fitted and reads no rubric.
        wants_groups: whether it ranks the items of a group against each other. An audit shows it each item alone:
            otherwise what is altered in one would move the others.
    """

    rubric: RubricSpec
    models: tuple[str, ...] = ()
    was_fitted: bool = False
    wants_groups: bool = False

    @cached_property
    def ordered(self) -> tuple[int, ...]:
        """Positions of the criteria whose levels are points of a scale."""
        return tuple(at for at, criterion in enumerate(self.rubric.criteria) if criterion.is_ordered)

    @cached_property
    def preferences(self) -> tuple[int, ...]:
        """Positions of the criteria that compare two candidates: those with a level `a` and a level `b`."""
        return tuple(
            at
            for at, criterion in enumerate(self.rubric.criteria)
            if criterion.scale is Scale.PREFERENCE and {"a", "b"} <= criterion.positions.keys()
        )


@dataclass(frozen=True)
class AuditedItem:
    """One item drawn for an audit, with what is known of it.

    Attributes:
        id, name: of the item's row, and its external id.
        item: what the judge sees; it belongs to no group there.
        group: items of one share their evidence.
        producer: which model made the candidates; empty where that is not known.
        people: for each criterion how many people gave each level; None where nobody rated the item.
    """

    id: int
    name: str
    item: JudgedItem
    group: str = ""
    producer: str = ""
    people: tuple[tuple[int, ...], ...] | None = None

    @property
    def cluster(self) -> str:
        """What is resampled as one: items that share their evidence."""
        return f"group {self.group}" if self.group else f"item {self.id}"


@dataclass(frozen=True)
class Sample:
    """Items with the judge's verdicts on them as they are; every one of these is rated."""

    subject: Subject
    items: tuple[AuditedItem, ...]
    plain: tuple[ItemVerdict, ...]


@dataclass(frozen=True)
class Trial:
    """One judging that a check wants.

    Attributes:
        at: position of the item in the sample.
        name: what is done to it: a variant, a master key, an attack's id.
        item: the item as altered.
        target: the levels that an attack wants; None where there is no attack.
    """

    at: int
    name: str
    item: JudgedItem
    setup: Setup = AS_IT_IS
    target: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Done:
    """A trial with a rating.

    Attributes:
        before, after: the verdicts on the item as it is and as altered; both rated.
    """

    trial: Trial
    item: AuditedItem
    before: ItemVerdict
    after: ItemVerdict


def levels_of(verdict: ItemVerdict) -> tuple[int, ...]:
    """The levels of a verdict that is rated."""
    if verdict.levels is None:
        raise ValueError(f"expected a verdict with a rating, got one that is {verdict.outcome}")
    return verdict.levels


def number_of(verdict: ItemVerdict, criterion: CriterionSpec, at: int) -> float:
    """What the verdict says on the criterion at position `at`: the score it gives, else the number of its level."""
    if criterion.scale is not Scale.PREFERENCE and verdict.scores is not None:
        score = verdict.scores[at]
        if score is not None:
            return score
    return numbers_of_levels(criterion)[levels_of(verdict)[at]]


def numbers_of_levels(criterion: CriterionSpec) -> tuple[float, ...]:
    """Points of the scale; of a preference how far the first candidate is preferred: 1, ½ or 0."""
    if criterion.scale is not Scale.PREFERENCE:
        return criterion.values
    return tuple({"a": 1.0, "b": 0.0}.get(level.key, 0.5) for level in criterion.levels)


def people_number(item: AuditedItem, criterion: CriterionSpec, at: int) -> float | None:
    """Mean of people's numbers on the criterion at position `at`; None where nobody rated it."""
    if item.people is None or not any(item.people[at]):
        return None
    return _mean(item.people[at], numbers_of_levels(criterion))


def _mean(counts: Sequence[int], numbers: Sequence[float]) -> float:
    return sum(n * number for n, number in zip(counts, numbers, strict=True)) / sum(counts)
