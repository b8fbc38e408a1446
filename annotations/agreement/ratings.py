"""Live judgements of one rubric as arrays, and what is compared in them: each criterion, and the joint outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotations.aggregation import majority
from annotations.agreement.ratio import ratio
from annotations.choices import Outcome, RaterKind, Scale
from annotations.estimation import FloatArray, IntArray
from annotations.rubrics import MISSING, CriterionSpec, LevelSpec, RubricSpec

OUTCOMES: Final = tuple(Outcome)

QUALIFIED: Final = CriterionSpec(
    key="qualified",
    name="Qualified",
    scale=Scale.BINARY,
    levels=(
        LevelSpec(key="yes", label="Qualified", value=1.0, passes=True),
        LevelSpec(key="no", label="Not qualified", value=0.0, passes=False),
    ),
    definition="Every criterion passes.",
)
"""The joint outcome, as one more binary criterion."""


@dataclass(frozen=True)
class RaterFacts:
    """Who rated."""

    id: int
    kind: RaterKind
    name: str
    is_simulated: bool = False


@dataclass(frozen=True)
class Ratings:
    """One row a judgement.

    Attributes:
        rubric: what the levels are positions in.
        raters: everybody who may occur, in a fixed order.
        items: (n_items,) ids of the items that occur, ascending.
        item: (n,) position in `items`.
        rater: (n,) position in `raters`; at most one row for a rater and an item.
        outcome: (n,) position in `OUTCOMES`.
        assisted: (n,) whether the rater saw another's judgement first.
        levels: (n, n_criteria) level positions, `MISSING` where not rated.
        scores: (n, n_criteria) reals as they were given; nan where none was.
    """

    rubric: RubricSpec
    raters: tuple[RaterFacts, ...]
    items: IntArray
    item: IntArray
    rater: IntArray
    outcome: IntArray
    assisted: NDArray[np.bool_]
    levels: IntArray
    scores: FloatArray

    def where(self, rows: NDArray[np.bool_]) -> Ratings:
        """The judgements of some rows; the items stay."""
        return Ratings(
            rubric=self.rubric,
            raters=self.raters,
            items=self.items,
            item=self.item[rows],
            rater=self.rater[rows],
            outcome=self.outcome[rows],
            assisted=self.assisted[rows],
            levels=self.levels[rows],
            scores=self.scores[rows],
        )

    def of_its_items(self) -> Ratings:
        """The same judgements without the items that have none."""
        occurring, item = np.unique(self.item, return_inverse=True)
        return replace(self, items=self.items[occurring], item=item.astype(np.int64))

    def by(self, raters: IntArray) -> NDArray[np.bool_]:
        """(n,); the rows of these raters."""
        chosen = np.zeros(len(self.raters), dtype=np.bool_)
        chosen[raters] = True
        return chosen[self.rater]


@dataclass(frozen=True)
class Dimension:
    """One criterion's ratings, or those of the joint outcome.

    Attributes:
        criterion: what is judged, and its declared levels.
        levels: (n,) level of each judgement, `MISSING` where there is none.
        numbers: (n,) the score as given, else the level's value, else nan.
        has_scores: whether anybody gave reals.
    """

    criterion: CriterionSpec
    levels: IntArray
    numbers: FloatArray
    has_scores: bool

    @property
    def values(self) -> tuple[float, ...]:
        return self.criterion.values


def criteria_of(rubric: RubricSpec) -> tuple[CriterionSpec, ...]:
    """What there is a report on: each criterion; then the joint outcome, where two criteria or more can pass."""
    joint = sum(criterion.can_pass for criterion in rubric.criteria) > 1
    return (*rubric.criteria, QUALIFIED) if joint else rubric.criteria


def dimensions(ratings: Ratings) -> Iterator[Dimension]:
    """The ratings of each of `criteria_of` the rubric."""
    for position, criterion in enumerate(ratings.rubric.criteria):
        levels, scores = ratings.levels[:, position], ratings.scores[:, position]
        values = np.append(np.array(criterion.values), np.nan)  # MISSING is -1: the last
        given = ~np.isnan(scores)
        yield Dimension(criterion, levels, np.where(given, scores, values[levels]), bool(given.any()))
    if QUALIFIED in criteria_of(ratings.rubric):
        levels = qualified_levels(ratings.rubric, ratings.levels)
        values = np.append(np.array(QUALIFIED.values), np.nan)
        yield Dimension(QUALIFIED, levels, values[levels], has_scores=False)


@dataclass(frozen=True)
class PeopleRatings:
    """What people said on one dimension, all of them together.

    Attributes:
        people: positions in `Ratings.raters`.
        counts: (n_items, n_levels); their ratings of each item at each level.
        majority: (n_items,); the level most of them gave, `MISSING` where they tie or nobody rated.
        numbers: (n_items,); mean of their numbers, nan where nobody gave one.
    """

    people: IntArray
    counts: IntArray
    majority: IntArray
    numbers: FloatArray


def people_ratings(ratings: Ratings, dimension: Dimension, people: IntArray) -> PeopleRatings:
    """Ratings of the people at positions `people`."""
    n_items, rows = len(ratings.items), ratings.by(people)
    counts = _count_levels(ratings.item[rows], dimension.levels[rows], n_items=n_items, n_levels=len(dimension.values))
    numbered = rows & ~np.isnan(dimension.numbers)
    item = ratings.item[numbered]
    total: FloatArray = np.bincount(item, weights=dimension.numbers[numbered], minlength=n_items).astype(np.float64)
    n_numbers = np.bincount(item, minlength=n_items).astype(np.float64)
    return PeopleRatings(people=people, counts=counts, majority=majority(counts), numbers=ratio(total, n_numbers))


def level_counts(ratings: Ratings) -> list[IntArray]:
    """For each criterion (n_items, n_levels); how many judgements of each item gave each level."""
    return [
        _count_levels(ratings.item, levels, n_items=len(ratings.items), n_levels=len(criterion.levels))
        for criterion, levels in zip(ratings.rubric.criteria, ratings.levels.T, strict=True)
    ]


def majority_levels(ratings: Ratings) -> IntArray:
    """(n_items, n_criteria); the level most judgements of an item gave, `MISSING` where they tie or none was given."""
    return np.stack([majority(counts) for counts in level_counts(ratings)], axis=1)


def _count_levels(item: IntArray, levels: IntArray, *, n_items: int, n_levels: int) -> IntArray:
    given = levels != MISSING
    cells = item[given] * n_levels + levels[given]
    return np.bincount(cells, minlength=n_items * n_levels).reshape(-1, n_levels).astype(np.int64)


def reference_of(blind: Ratings) -> RaterKind:
    """Whom judges are held to: people one by one, or a published aggregate of them where nobody's own ratings are."""
    return RaterKind.PERSON if positions_of(blind, RaterKind.PERSON).size else RaterKind.PEOPLE


def positions_of(ratings: Ratings, kind: RaterKind) -> IntArray:
    """Positions of the raters of one kind that judged anything."""
    active = np.bincount(ratings.rater, minlength=len(ratings.raters)) > 0
    of_kind = np.array([rater.kind == kind for rater in ratings.raters], dtype=np.bool_)
    return np.flatnonzero(active & of_kind).astype(np.int64)


def levels_of(ratings: Ratings, dimension: Dimension, rater: int) -> IntArray:
    """(n_items,); one rater's level of each item, `MISSING` where there is none."""
    levels = np.full(len(ratings.items), MISSING, dtype=np.int64)
    rows = ratings.rater == rater
    levels[ratings.item[rows]] = dimension.levels[rows]
    return levels


def numbers_of(ratings: Ratings, dimension: Dimension, rater: int) -> FloatArray:
    """(n_items,); one rater's number of each item, nan where there is none."""
    numbers = np.full(len(ratings.items), np.nan)
    rows = ratings.rater == rater
    numbers[ratings.item[rows]] = dimension.numbers[rows]
    return numbers


def outcomes_of(ratings: Ratings, rater: int) -> IntArray:
    """(n_items,); position of the rater's outcome in `OUTCOMES`, `MISSING` where there is no judgement."""
    outcome = np.full(len(ratings.items), MISSING, dtype=np.int64)
    rows = ratings.rater == rater
    outcome[ratings.item[rows]] = ratings.outcome[rows]
    return outcome


def is_unread(outcome: IntArray) -> NDArray[np.bool_]:
    """Where there is a judgement that carries no levels; of outcomes as `outcomes_of` gives them."""
    unread: NDArray[np.bool_] = (outcome != MISSING) & (outcome != OUTCOMES.index(Outcome.RATED))
    return unread


def qualified_levels(rubric: RubricSpec, levels: IntArray) -> IntArray:
    """Level of the joint outcome of each judgement, by the rule of `RubricSpec.qualifies`.

    Args:
        levels: (n, n_criteria) level positions.
    Returns: (n,); 0 qualified, 1 not, `MISSING` where it cannot be said.
    """
    failed = np.zeros(len(levels), dtype=np.bool_)
    passed = np.full(len(levels), any(criterion.can_pass for criterion in rubric.criteria))
    for position, criterion in enumerate(rubric.criteria):
        if criterion.can_pass:
            passes = pass_positions(criterion)[levels[:, position]]
            failed |= passes == 1
            passed &= passes == 0
    return np.where(failed, 1, np.where(passed, 0, MISSING)).astype(np.int64)


def pass_positions(criterion: CriterionSpec) -> IntArray:
    """(n_levels + 1,); 0 for a level that passes, 1 for one that fails, `MISSING` for neither and for no rating."""
    verdicts = [MISSING if level.passes is None else int(not level.passes) for level in criterion.levels]
    return np.array([*verdicts, MISSING], dtype=np.int64)
