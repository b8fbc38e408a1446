"""People with people: the ceiling of what a judge can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from annotations.agreement.estimate import NO_PAIR, ONE_LEVEL, Estimate, estimate_of
from annotations.agreement.level_weights import WeightKind, agreement_weights
from annotations.agreement.metrics import METRIC, sample_of
from annotations.agreement.patterns import contingency, count_patterns, rating_patterns
from annotations.agreement.ratings import Dimension, PeopleRatings, RaterFacts, Ratings, levels_of
from annotations.agreement.two_raters import cohen_interval
from annotations.choices import Scale
from annotations.estimation import IntArray, resample_items, wilson_interval
from annotations.rubrics import MISSING
from annotations.sentences import sentence as _

MAX_NAMED: Final = 12
"""Up to so many people are compared by name, two by two; more share too few items to say anything of a pair."""

NOMINAL_FIGURES: Final = ("percent_agreement", "krippendorff_alpha_nominal", "gwet_ac1", "fleiss_kappa")
ORDINAL_FIGURES: Final = (
    "percent_agreement",
    "krippendorff_alpha_ordinal",
    "krippendorff_alpha_interval",
    "krippendorff_alpha_nominal",
    "gwet_ac2_quadratic",
    "gwet_ac1",
    "fleiss_kappa",
)


@dataclass(frozen=True)
class PairReport:
    """Two people on the items that both rated."""

    first: RaterFacts
    second: RaterFacts
    figures: Mapping[str, Estimate]


@dataclass(frozen=True)
class PeopleReport:
    """All people together, and two by two where they are few.

    Attributes:
        level_counts: (n_levels,) how many ratings there are at each level.
    """

    n_people: int
    figures: Mapping[str, Estimate]
    pairs: tuple[PairReport, ...]
    level_counts: tuple[int, ...]


def people_report(
    ratings: Ratings, dimension: Dimension, together: PeopleRatings, *, rng: np.random.Generator
) -> PeopleReport:
    """Agreement of people with each other.

    Args:
        together: the ratings of these people on this dimension.
    """
    people = together.people
    patterns = count_patterns(together.counts, dimension.values)
    n_single = int((together.counts.sum(axis=1) == 1).sum())
    excluded = {_("items with one person's rating"): n_single} if n_single else {}
    sample = sample_of(patterns, n_raters=len(people), excluded=excluded)
    resamples = resample_items(patterns.n_items, rng=rng)
    ordinal = dimension.criterion.scale == Scale.ORDINAL
    figures = {
        name: METRIC[name].estimate(patterns, resamples, sample)
        for name in (ORDINAL_FIGURES if ordinal else NOMINAL_FIGURES)
    }
    few = 2 <= len(people) <= MAX_NAMED
    if few and ordinal:
        figures |= _intraclass(ratings, dimension, people, rng)
    return PeopleReport(
        n_people=len(people),
        figures=figures,
        pairs=_pairs(ratings, dimension, people) if few else (),
        level_counts=tuple(int(n) for n in together.counts.sum(axis=0)),
    )


def _intraclass(
    ratings: Ratings, dimension: Dimension, people: IntArray, rng: np.random.Generator
) -> dict[str, Estimate]:
    matrix = np.stack([levels_of(ratings, dimension, int(person)) for person in people], axis=1)
    complete = (matrix != MISSING).all(axis=1)
    patterns = rating_patterns(matrix[complete], dimension.values)
    n_incomplete = int((matrix != MISSING).any(axis=1).sum() - complete.sum())
    excluded = {_("items that not everybody rated"): n_incomplete} if n_incomplete else {}
    sample = sample_of(patterns, n_raters=len(people), excluded=excluded)
    resamples = resample_items(patterns.n_items, rng=rng)
    return {name: METRIC[name].estimate(patterns, resamples, sample) for name in ("icc_1_1", "icc_1_k")}


def _pairs(ratings: Ratings, dimension: Dimension, people: IntArray) -> tuple[PairReport, ...]:
    kinds: list[WeightKind] = ["nominal", "quadratic"] if dimension.criterion.scale == Scale.ORDINAL else ["nominal"]
    by_person = {int(person): levels_of(ratings, dimension, int(person)) for person in people}
    reports = []
    for first, second in combinations(by_person, 2):
        cells = contingency(by_person[first], by_person[second], dimension.values)
        sample = sample_of(cells, n_raters=2)
        if not sample.n_pairs:
            continue
        share = METRIC["accuracy"].value(cells)
        interval = wilson_interval(share * sample.n_pairs, sample.n_pairs)
        figures = {"percent_agreement": estimate_of(share, interval, sample, undefined=NO_PAIR)}
        for kind in kinds:
            interval = cohen_interval(cells, level_weights=agreement_weights(kind, cells.n_levels))
            value = METRIC[f"cohen_kappa_{kind}"].value(cells)
            figures[f"cohen_kappa_{kind}"] = estimate_of(value, interval, sample, undefined=ONE_LEVEL)
        reports.append(PairReport(ratings.raters[first], ratings.raters[second], figures))
    return tuple(reports)
