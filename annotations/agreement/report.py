"""Everything there is to say about agreement in one project: people with people, and each judge with people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from annotations.agreement.judge_report import JudgeReport, judge_report
from annotations.agreement.ordered_pairs import PairAnswer
from annotations.agreement.people_report import PeopleReport, people_report
from annotations.agreement.ranking_report import RankingReport, items_of_pairs, ranking_report
from annotations.agreement.ratings import (
    OUTCOMES,
    Dimension,
    RaterFacts,
    Ratings,
    dimensions,
    is_unread,
    levels_of,
    outcomes_of,
    people_ratings,
    positions_of,
    reference_of,
)
from annotations.choices import Outcome, RaterKind
from annotations.estimation import IntArray
from annotations.rubrics import MISSING, CriterionSpec

SEED: Final = 20_161_122
"""The same judgements give the same intervals, on the page, in the API and from the command."""


@dataclass(frozen=True)
class CriterionReport:
    """Agreement on one criterion, or on the joint outcome.

    Attributes:
        ranking: of a criterion that ranks, agreement on pairs of candidates; the other figures then take each place for
            a level.
    """

    criterion: CriterionSpec
    people: PeopleReport
    judges: tuple[JudgeReport, ...]
    ranking: RankingReport | None = None


@dataclass(frozen=True)
class RaterCounts:
    """What one rater contributed.

    Attributes:
        outcomes: judgements by outcome.
        n_assisted: of these, how many were made with another's judgement in view; they are left out everywhere.
    """

    rater: RaterFacts
    outcomes: Mapping[Outcome, int]
    n_assisted: int


@dataclass(frozen=True)
class AgreementReport:
    """Agreement on every criterion.

    Attributes:
        reference: whom the judges are held to: people one by one, or a published aggregate of people.
        n_items: items with a judgement.
        n_assisted: judgements left out everywhere because the rater saw another's first.
        raters: what each rater contributed.
        criteria: one report per criterion in order, then the joint outcome where there is one.
    """

    reference: RaterKind
    n_items: int
    n_judgements: int
    n_assisted: int
    raters: tuple[RaterCounts, ...]
    criteria: tuple[CriterionReport, ...]


def agreement_report(
    ratings: Ratings, *, criterion: str | None = None, groups: IntArray | None = None
) -> AgreementReport:
    """Compare people with people and each judge with people, on all criteria or only on the one with this key.

    People are held to be interchangeable. Where nobody's own ratings are there, a published aggregate of people
    takes their place; then there is no ceiling. Assisted annotations take no part.

    Args:
        groups: (n_items,) number of each item's group, `MISSING` without one; what agreement of rankings is of.
    """
    blind = ratings.where(~ratings.assisted)
    reference = reference_of(blind)
    return AgreementReport(
        reference=reference,
        n_items=len(ratings.items),
        n_judgements=len(ratings.item),
        n_assisted=int(ratings.assisted.sum()),
        raters=_rater_counts(ratings),
        criteria=tuple(
            _criterion_report(blind, dimension, reference, groups)
            for dimension in dimensions(blind)
            if criterion in (None, dimension.criterion.key)
        ),
    )


def items_in_cell(
    ratings: Ratings,
    *,
    criterion: str,
    judge: int | None = None,
    judge_level: int | Literal["unread"] | None = None,
    people_level: int | None = None,
    groups: IntArray | None = None,
    pairs: PairAnswer | None = None,
) -> IntArray:
    """Ids of the items behind a mark or a cell of the report.

    Args:
        criterion: its key, or that of the joint outcome.
        judge: id of the judge's rater; without one, the items that two people or more rated.
        judge_level: the judge's level, or `unread` for replies that could not be read; None: any level.
        people_level: the level of the people's majority; None: any.
        groups: as in `agreement_report`; with them, of a criterion that ranks, candidates of pairs that were compared.
        pairs: of these only the pairs of which two raters say this together.
    Returns: ascending; none where the project has no such criterion or judge.
    """
    blind = ratings.where(~ratings.assisted)
    dimension = next((found for found in dimensions(blind) if found.criterion.key == criterion), None)
    if dimension is None:
        return np.empty(0, dtype=np.int64)
    of_people = positions_of(blind, reference_of(blind))
    people = people_ratings(blind, dimension, of_people)
    position = next((index for index, rater in enumerate(ratings.raters) if rater.id == judge), None)
    chosen: NDArray[np.bool_] | IntArray
    if judge is not None and position is None:
        return np.empty(0, dtype=np.int64)
    if groups is not None and dimension.criterion.is_ranking and judge_level is None and people_level is None:
        chosen = items_of_pairs(blind, dimension, groups, people=of_people, judge=position, answer=pairs)
    elif position is None:
        chosen = people.counts.sum(axis=1) >= 2
    elif judge_level == "unread":
        chosen = is_unread(outcomes_of(blind, position)) & _at(people.majority, people_level)
    else:
        chosen = _at(levels_of(blind, dimension, position), judge_level) & _at(people.majority, people_level)
    items: IntArray = blind.items[chosen]
    return items


def _at(levels: IntArray, wanted: int | None) -> NDArray[np.bool_]:
    """Where there is a level, or where it is the one wanted."""
    chosen: NDArray[np.bool_] = levels != MISSING if wanted is None else levels == wanted
    return chosen


def _criterion_report(
    ratings: Ratings, dimension: Dimension, reference: RaterKind, groups: IntArray | None
) -> CriterionReport:
    of_people, judges = positions_of(ratings, reference), positions_of(ratings, RaterKind.JUDGE)
    people = people_ratings(ratings, dimension, of_people)
    ranking = None
    if groups is not None and dimension.criterion.is_ranking:
        ranking = ranking_report(
            ratings, dimension, groups, people=of_people, judges=judges, rng=np.random.default_rng(SEED)
        )
    rng = np.random.default_rng(SEED)
    return CriterionReport(
        criterion=dimension.criterion,
        people=people_report(ratings, dimension, people, rng=rng),
        judges=tuple(judge_report(ratings, dimension, people, int(judge), rng=rng) for judge in judges),
        ranking=ranking,
    )


def _rater_counts(ratings: Ratings) -> tuple[RaterCounts, ...]:
    n_outcomes = len(OUTCOMES)
    cells = np.bincount(ratings.rater * n_outcomes + ratings.outcome, minlength=len(ratings.raters) * n_outcomes)
    assisted = np.bincount(ratings.rater[ratings.assisted], minlength=len(ratings.raters))
    return tuple(
        RaterCounts(
            rater=rater,
            outcomes={outcome: int(n) for outcome, n in zip(OUTCOMES, row, strict=True) if n},
            n_assisted=int(n_assisted),
        )
        for rater, row, n_assisted in zip(ratings.raters, cells.reshape(-1, n_outcomes), assisted, strict=True)
    )
