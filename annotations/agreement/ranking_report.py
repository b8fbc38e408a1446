"""Agreement of those who rank: people with people, and each judge with the same people, pair of candidates by pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from annotations.agreement.estimate import MAX_UNDEFINED, Estimate, Sample, estimate_of
from annotations.agreement.leave_one_out import Comparison
from annotations.agreement.ordered_pairs import (
    RANKING_FIGURES,
    Compared,
    OrderedPairs,
    PairAnswer,
    compared_among,
    compared_with,
    occurring,
    ordered_pairs,
    ranked_groups,
    ranking_tau_b,
    shared_pairs,
)
from annotations.agreement.ratings import OUTCOMES, Dimension, RaterFacts, Ratings, outcomes_of
from annotations.choices import Outcome
from annotations.estimation import FloatArray, IntArray, Resamples, resample_items
from annotations.rubrics import MISSING
from annotations.sentences import sentence as _

MIN_GROUPS: Final = 30
"""Intervals at 95 % of two rankers without ties on groups of four cover 82 to 84 % with 5 groups, 88 to 89 % with 10,
92 to 94 % with 30 and 94 to 96 % with 100, in 600 simulated trials each."""

NO_SHARED_PAIR: Final = _("no two candidates of a group were ranked by two raters")
ALL_TIED: Final = _("one side ties all of them")


@dataclass(frozen=True)
class PairAgreement:
    """How alike two sides rank.

    Attributes:
        n_groups, n_pairs: groups and pairs of candidates that both sides ranked.
        answers: comparisons of two raters on one pair, by what they say together.
        figures: Kendall's tau-b, the share in the same order, and the share of the same answer, ties included.
    """

    n_groups: int
    n_pairs: int
    answers: Mapping[PairAnswer, int]
    figures: Mapping[str, Estimate]


@dataclass(frozen=True)
class JudgeRankings:
    """A judge with each of the people.

    Attributes:
        beside: tau-b of the judge with people and of people with each other, over the pairs that both can be told of.
    """

    rater: RaterFacts
    agreement: PairAgreement
    beside: Comparison


@dataclass(frozen=True)
class RankingReport:
    people: PairAgreement
    judges: tuple[JudgeRankings, ...]


def ranking_report(
    ratings: Ratings,
    dimension: Dimension,
    groups: IntArray,
    *,
    people: IntArray,
    judges: IntArray,
    rng: np.random.Generator,
) -> RankingReport:
    """Agreement on the places of a criterion that ranks.

    Args:
        groups: (n_items,) number of each item's group, `MISSING` without one.
        people, judges: positions in `ratings.raters`.
    """
    said = pairs_of(ratings, dimension, groups, people)
    n_single = int((said.n_raters == 1).sum())
    return RankingReport(
        people=_agreement(
            compared_among(said),
            n_raters=len(people),
            excluded=_counted({_("pairs of candidates that one person ranked"): n_single}),
            rng=rng,
            is_mutual=True,
        ),
        judges=tuple(
            _judge_rankings(ratings, dimension, groups, int(judge), said, n_people=len(people), rng=rng)
            for judge in judges
        ),
    )


def items_of_pairs(
    ratings: Ratings,
    dimension: Dimension,
    groups: IntArray,
    *,
    people: IntArray,
    judge: int | None,
    answer: PairAnswer | None,
) -> IntArray:
    """Positions of the candidates behind a figure: of the pairs compared, or of those of which two say `answer`."""
    said = pairs_of(ratings, dimension, groups, people)
    if judge is None:
        compared = compared_among(said)
    else:
        compared = compared_with(pairs_of(ratings, dimension, groups, np.array([judge])), said)
    pairs = compared.pairs if answer is None else compared.pairs.where(compared.with_answer(answer))
    return occurring(pairs.first, pairs.second)


def pairs_of(ratings: Ratings, dimension: Dimension, groups: IntArray, raters: IntArray) -> OrderedPairs:
    """The pairs that the raters at these positions put in order."""
    rows = ratings.by(raters) & (dimension.levels != MISSING) & (groups[ratings.item] != MISSING)
    return ordered_pairs(ratings.item[rows], ratings.rater[rows], dimension.levels[rows], groups[ratings.item[rows]])


def _judge_rankings(
    ratings: Ratings,
    dimension: Dimension,
    groups: IntArray,
    judge: int,
    said: OrderedPairs,
    *,
    n_people: int,
    rng: np.random.Generator,
) -> JudgeRankings:
    own = pairs_of(ratings, dimension, groups, np.array([judge]))
    compared = compared_with(own, said)
    outcome = outcomes_of(ratings, judge)
    excluded = {_("pairs of candidates that people have not ranked"): len(own.first) - len(compared.pairs.first)}
    for position, name in enumerate(OUTCOMES):
        if name is not Outcome.RATED:
            excluded[f"replies {name}"] = int((outcome == position).sum())
    return JudgeRankings(
        rater=ratings.raters[judge],
        agreement=_agreement(compared, n_raters=n_people + 1, excluded=_counted(excluded), rng=rng),
        beside=_beside(own, said, n_people=n_people, rng=rng),
    )


def _agreement(
    compared: Compared,
    *,
    n_raters: int,
    excluded: Mapping[str, int],
    rng: np.random.Generator,
    is_mutual: bool = False,
) -> PairAgreement:
    groups = ranked_groups(compared, is_mutual=is_mutual)
    resamples = resample_items(groups.n_items, rng=rng)
    sample = _sample(compared, n_raters, excluded)
    return PairAgreement(
        n_groups=len(groups.n_items),
        n_pairs=len(compared.pairs.first),
        answers=compared.counts(),
        figures={
            name: _estimate(
                float(figure(groups, groups.observed)[0]), figure(groups, resamples.weights), resamples, sample
            )
            for name, figure in RANKING_FIGURES.items()
        },
    )


def _beside(own: OrderedPairs, said: OrderedPairs, *, n_people: int, rng: np.random.Generator) -> Comparison:
    """Both over the pairs that the judge and two people or more ranked, and on the same resampled groups."""
    at, at_people = shared_pairs(own, said.where(said.n_raters >= 2))
    people = said.where(said.n_raters >= 2).where(at_people)
    judge_compared, people_compared = compared_with(own.where(at), people), compared_among(people)
    among = occurring(people.group)
    judge_groups = ranked_groups(judge_compared, among=among)
    people_groups = ranked_groups(people_compared, is_mutual=True, among=among)
    resamples = resample_items(judge_groups.n_items, rng=rng)
    # Row 0 is the groups as they are, the others the resamples.
    weights = np.concatenate([judge_groups.observed, resamples.weights])
    judge, persons = ranking_tau_b(judge_groups, weights), ranking_tau_b(people_groups, weights)
    sample = _sample(judge_compared, n_people + 1, {})

    def figure(values: FloatArray) -> Estimate:
        return _estimate(float(values[0]), values[1:], resamples, sample)

    return Comparison(judge=figure(judge), people=figure(persons), difference=figure(judge - persons))


def _estimate(value: float, resampled: FloatArray, resamples: Resamples, sample: Sample) -> Estimate:
    interval = resamples.interval(resampled, value=value)
    undefined = ALL_TIED if sample.n_pairs else NO_SHARED_PAIR
    found = estimate_of(value, interval, sample, undefined=undefined)
    n_groups = resamples.weights.shape[1]
    if found.undefined is None and n_groups < MIN_GROUPS:
        few = _("%(n)s groups; the interval needs %(fewest)s", n=n_groups, fewest=MIN_GROUPS)
        return replace(found, doubt=few)
    # What `estimate_of` doubts by the number of items does not hold where groups were resampled.
    doubt = None
    if interval.n_undefined > MAX_UNDEFINED * interval.n_resamples:
        doubt = _("undefined in %(n)s of %(of)s resamples", n=interval.n_undefined, of=interval.n_resamples)
    elif interval.low == interval.high:
        doubt = _("the interval has no width: every resample gives the same value")
    return replace(found, doubt=None if found.undefined else doubt)


def _sample(compared: Compared, n_raters: int, excluded: Mapping[str, int]) -> Sample:
    pairs = compared.pairs
    return Sample(
        n_items=len(occurring(pairs.first, pairs.second)),
        n_raters=n_raters,
        n_pairs=int(compared.n.sum()),
        excluded=excluded,
    )


def _counted(excluded: Mapping[str, int]) -> dict[str, int]:
    return {reason: n for reason, n in excluded.items() if n}
