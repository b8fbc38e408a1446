"""What the chosen source of labels says of each item, and why where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotations.aggregation import majority
from annotations.choices import Outcome
from annotations.rubrics import MISSING, RubricSpec
from models_llm.choices import Labels
from models_llm.datasets.blocks import Annotations, Block, IntArray, LevelArray
from models_llm.datasets.plan import Plan

NOBODY: Final = -1
BY_PEOPLE: Final = 0
BY_JUDGE: Final = 1
SOURCES: Final = ("people", "judge")
UNKNOWN: Final = -1
"""Whether an item qualifies cannot be said; 1 it does, 0 it does not."""


@dataclass(frozen=True)
class Decisions:
    """One decision per item of a block.

    Attributes:
        counts: (n_items, n_criteria, n_levels) people's ratings.
        consensus: (n_items, n_criteria) the level most people gave, `MISSING` where they tie or nobody rated; of a
            criterion that ranks the middle one of the places, `MISSING` where it lies between two.
        people_qualify: (n_items,) 1, 0 or `UNKNOWN`, by people alone.
        source: (n_items,) `BY_PEOPLE`, `BY_JUDGE` or `NOBODY`.
        levels: (n_items, n_criteria) what that source says.
        qualifies: (n_items,) 1, 0 or `UNKNOWN`.
        reasons: why the item is not decided, None where it is.
    """

    counts: IntArray
    consensus: LevelArray
    people_qualify: NDArray[np.int8]
    source: NDArray[np.int8]
    levels: LevelArray
    qualifies: NDArray[np.int8]
    reasons: list[str | None]


def decide(block: Block, plan: Plan) -> Decisions:
    """Apply the plan's source of labels to a block.

    People decide by plurality on each criterion; on a candidate that they ranked by most of them being for a place or
    for none, because rankers who give it different places do not disagree on that. Under `people-then-judge` the judge
    decides only what no person rated: it never breaks a tie between people. Reasons are `unrated`, `disagreement`
    (people tie), `incomplete` (a criterion has no rating), or the outcome of a judge that gave no ratings.
    """
    counts = count_levels(block.annotations, block.n_items, plan.rubric)
    consensus = _consensus(counts, plan.rubric)
    people_qualify = _qualify_by_people(counts, consensus, plan.rubric)
    source = np.full(block.n_items, NOBODY, dtype=np.int8)
    levels = np.full((block.n_items, len(plan.rubric.criteria)), MISSING, dtype=np.int16)
    outcomes: list[str | None] = [None] * block.n_items
    if plan.decider is not None:
        rows = np.flatnonzero(block.verdicts.judge == plan.decider)
        for row in rows:
            outcomes[block.verdicts.item[row]] = block.verdicts.outcome[row]
        rated = rows[(block.verdicts.levels[rows] != MISSING).any(axis=1)]
        source[block.verdicts.item[rated]] = BY_JUDGE
        levels[block.verdicts.item[rated]] = block.verdicts.levels[rated]
    if plan.labels != Labels.JUDGE:
        by_people = counts.any(axis=(1, 2))
        source[by_people] = BY_PEOPLE
        levels[by_people] = consensus[by_people]
    qualifies = qualify(levels, plan.rubric)
    qualifies[source == BY_PEOPLE] = people_qualify[source == BY_PEOPLE]
    asked = [p for p, criterion in enumerate(plan.rubric.criteria) if criterion.can_pass or not plan.can_qualify]
    reasons: list[str | None] = [None] * block.n_items
    undecided = (qualifies == UNKNOWN) & (levels[:, asked] == MISSING).any(axis=1)
    if plan.ranking is not None:
        is_split = (qualifies == UNKNOWN) & plan.ranking.has_line
        undecided = np.where(source == BY_PEOPLE, is_split, undecided)
    for item in np.flatnonzero(undecided):
        if plan.ranking is not None and source[item] == BY_PEOPLE:
            reasons[item] = "disagreement"
        else:
            reasons[item] = _reason(source[item], levels[item, asked], counts[item, asked], outcomes[item])
    return Decisions(counts, consensus, people_qualify, source, levels, qualifies, reasons)


def count_levels(annotations: Annotations, n_items: int, rubric: RubricSpec) -> IntArray:
    """How many people gave each level: (n_items, n_criteria, most levels of a criterion)."""
    n_levels = max(len(criterion.levels) for criterion in rubric.criteria)
    shape = (n_items, len(rubric.criteria), n_levels)
    row, criterion = np.nonzero(annotations.levels != MISSING)
    cell = np.ravel_multi_index(
        (annotations.item[row], criterion, annotations.levels[row, criterion].astype(np.int64)), shape
    )
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)


def qualify(levels: LevelArray, rubric: RubricSpec) -> NDArray[np.int8]:
    """`RubricSpec.qualifies` of many items at once: 1, 0 or `UNKNOWN`."""
    n_levels = max(len(criterion.levels) for criterion in rubric.criteria)
    passes = np.full((len(rubric.criteria), n_levels + 1), UNKNOWN, dtype=np.int8)  # the last column is MISSING's
    for position, criterion in enumerate(rubric.criteria):
        for level, spec in enumerate(criterion.levels):
            passes[position, level] = UNKNOWN if spec.passes is None else int(spec.passes)
    can_pass = [position for position, criterion in enumerate(rubric.criteria) if criterion.can_pass]
    if not can_pass:
        return np.full(len(levels), UNKNOWN, dtype=np.int8)
    verdicts = np.stack([passes[position, levels[:, position]] for position in can_pass], axis=1)
    known = np.where((verdicts == UNKNOWN).any(axis=1), UNKNOWN, 1)
    return np.where((verdicts == 0).any(axis=1), 0, known).astype(np.int8)


def _consensus(counts: IntArray, rubric: RubricSpec) -> LevelArray:
    by_criterion = [
        (_middle if criterion.is_ranking else majority)(counts[:, position])
        for position, criterion in enumerate(rubric.criteria)
    ]
    return np.stack(by_criterion, axis=1).astype(np.int16)


def _middle(counts: IntArray) -> IntArray:
    """(n_items,) the level that the middle of the ratings is at; `MISSING` without ratings or between two levels."""
    below, n = counts.cumsum(axis=1), counts.sum(axis=1)
    lower = (2 * below >= n[:, None]).argmax(axis=1)
    upper = (2 * below > n[:, None]).argmax(axis=1)
    return np.where((n > 0) & (lower == upper), lower, MISSING)


def _qualify_by_people(counts: IntArray, consensus: LevelArray, rubric: RubricSpec) -> NDArray[np.int8]:
    if rubric.ranking is None or not rubric.ranking.has_line:
        return qualify(consensus, rubric)
    n_placed, n_below = counts[:, 0, : rubric.ranking.n_places].sum(axis=1), counts[:, 0, rubric.ranking.n_places]
    return np.where(n_placed == n_below, UNKNOWN, n_placed > n_below).astype(np.int8)


def _reason(source: int, levels: LevelArray, counts: IntArray, outcome: str | None) -> str:
    if source == NOBODY:
        return outcome if outcome is not None and outcome != Outcome.RATED else "unrated"
    if source == BY_PEOPLE and counts[levels == MISSING].any():
        return "disagreement"
    return "incomplete"
