"""Everything there is to say about agreement in one project: people with people, and each judge with people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotations.agreement.judge_report import JudgeReport, judge_report
from annotations.agreement.people_report import PeopleReport, people_report
from annotations.agreement.ratings import OUTCOMES, Dimension, RaterFacts, Ratings, dimensions, people_ratings
from annotations.choices import Outcome, RaterKind
from annotations.estimation import IntArray
from annotations.rubrics import CriterionSpec

SEED: Final = 20_161_122
"""The same judgements give the same intervals, on the page, in the API and from the command."""


@dataclass(frozen=True)
class CriterionReport:
    """Agreement on one criterion, or on the joint outcome."""

    criterion: CriterionSpec
    people: PeopleReport
    judges: tuple[JudgeReport, ...]


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


def agreement_report(ratings: Ratings) -> AgreementReport:
    """Compare people with people and each judge with people.

    People are held to be interchangeable. Where nobody's own ratings are there, a published aggregate of people
    takes their place; then there is no ceiling. Assisted annotations take no part.
    """
    blind = ratings.where(~ratings.assisted)
    reference = RaterKind.PERSON if _positions(blind, RaterKind.PERSON).size else RaterKind.PEOPLE
    return AgreementReport(
        reference=reference,
        n_items=len(ratings.items),
        n_judgements=len(ratings.item),
        n_assisted=int(ratings.assisted.sum()),
        raters=_rater_counts(ratings),
        criteria=tuple(_criterion_report(blind, dimension, reference) for dimension in dimensions(blind)),
    )


def _criterion_report(ratings: Ratings, dimension: Dimension, reference: RaterKind) -> CriterionReport:
    people = people_ratings(ratings, dimension, _positions(ratings, reference))
    judges = _positions(ratings, RaterKind.JUDGE)
    rng = np.random.default_rng(SEED)
    return CriterionReport(
        criterion=dimension.criterion,
        people=people_report(ratings, dimension, people, rng=rng),
        judges=tuple(judge_report(ratings, dimension, people, int(judge), rng=rng) for judge in judges),
    )


def _positions(ratings: Ratings, kind: RaterKind) -> IntArray:
    """Positions of the raters of one kind that judged anything."""
    active = np.bincount(ratings.rater, minlength=len(ratings.raters)) > 0
    of_kind = np.array([rater.kind == kind for rater in ratings.raters], dtype=np.bool_)
    return np.flatnonzero(active & of_kind).astype(np.int64)


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
