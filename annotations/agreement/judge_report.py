"""One judge with people, on one criterion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from annotations.aggregation import majority
from annotations.agreement.estimate import Estimate, Sample
from annotations.agreement.leave_one_out import LeaveOneOut, judged_patterns, leave_one_out
from annotations.agreement.metrics import METRIC, Family, sample_of
from annotations.agreement.patterns import Contingency, contingency, score_patterns, with_unread
from annotations.agreement.ratings import (
    OUTCOMES,
    Dimension,
    PeopleRatings,
    RaterFacts,
    Ratings,
    is_unread,
    levels_of,
    numbers_of,
    outcomes_of,
    pass_positions,
)
from annotations.choices import Outcome, Scale
from annotations.estimation import FloatArray, IntArray, Resamples, resample_items
from annotations.rubrics import MISSING
from annotations.sentences import sentence as _

NOMINAL_FIGURES: Final = (
    "accuracy",
    "majority_baseline",
    "cohen_kappa_nominal",
    "krippendorff_alpha_nominal",
    "gwet_ac1",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "weighted_f1",
)
ORDINAL_FIGURES: Final = (
    "accuracy",
    "majority_baseline",
    "cohen_kappa_nominal",
    "cohen_kappa_linear",
    "cohen_kappa_quadratic",
    "krippendorff_alpha_ordinal",
    "gwet_ac1",
    "gwet_ac2_quadratic",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "weighted_f1",
)
LEVEL_FIGURES: Final = ("precision", "recall", "f1", "specificity")
SCORE_FIGURES: Final = (
    "pearson_r",
    "spearman_rho",
    "kendall_tau_b",
    "mean_difference",
    "root_mean_square_difference",
)
UNREAD_FIGURES: Final = ("accuracy", "macro_recall", "macro_f1")

_PASS_FAIL: Final = (1.0, 0.0)
_TIED: Final = _("items where people tie")
_UNREAD: Final = "replies "


@dataclass(frozen=True)
class JudgeReport:
    """A judge held to the people's majority, and turn by turn to the same people as a person is.

    Attributes:
        figures: against the majority, over the items where the judge's reply was read.
        unread_wrong: accuracy, macro recall and macro F1 with each reply that was not read counted as a miss;
            empty where all were read.
        levels: precision, recall, F1 and specificity of each level.
        passing: accuracy, precision, recall, F1 and specificity with passing as the positive class, against the
            majority of pass and fail; and `always_pass`, the accuracy of passing everything. Empty where levels
            do not pass and fail.
        correlations: of the judge's numbers with the mean of people's; empty without numbers.
        confusion: (n_levels, n_levels) items; rows the judge, columns the people's majority.
        unread: the people's majority where the judge's reply was not read.
        outcomes: the judge's judgements by outcome, on all items.
    """

    rater: RaterFacts
    figures: Mapping[str, Estimate]
    unread_wrong: Mapping[str, Estimate]
    levels: Mapping[str, tuple[Estimate, ...]]
    passing: Mapping[str, Estimate]
    correlations: Mapping[str, Estimate]
    confusion: tuple[tuple[int, ...], ...]
    unread: tuple[int, ...]
    leave_one_out: LeaveOneOut
    outcomes: Mapping[Outcome, int]


def judge_report(
    ratings: Ratings, dimension: Dimension, people: PeopleRatings, judge: int, *, rng: np.random.Generator
) -> JudgeReport:
    """Agreement of the judge at position `judge` in `ratings.raters` with people."""
    levels = levels_of(ratings, dimension, judge)
    outcome = outcomes_of(ratings, judge)
    cells = contingency(levels, people.majority, dimension.values)
    excluded = _excluded(levels, outcome, people)
    sample = sample_of(cells, n_raters=len(people.people) + 1, excluded=excluded)
    resamples = resample_items(cells.n_items, rng=rng)
    unread = people.majority[is_unread(outcome)]
    names = ORDINAL_FIGURES if dimension.criterion.scale == Scale.ORDINAL else NOMINAL_FIGURES
    numbers = numbers_of(ratings, dimension, judge)
    return JudgeReport(
        rater=ratings.raters[judge],
        figures={name: _estimate(name, cells, resamples, sample) for name in names},
        unread_wrong=_unread_wrong(cells, unread, sample, rng),
        levels={name: METRIC[name].estimates(cells, resamples, sample) for name in LEVEL_FIGURES},
        passing=_passing(dimension, levels, people, sample, rng),
        correlations=_correlations(dimension, numbers, people, sample, rng),
        confusion=tuple(tuple(int(n) for n in row) for row in cells.table),
        unread=tuple(int(n) for n in np.bincount(unread[unread != MISSING], minlength=cells.n_levels)),
        leave_one_out=_leave_one_out(dimension, levels, people, excluded, rng),
        outcomes=_counts_by_outcome(outcome),
    )


def _estimate(name: str, cells: Contingency, resamples: Resamples, sample: Sample) -> Estimate:
    metric = METRIC[name]
    return metric.estimate(cells.as_counts() if metric.family is Family.COUNTS else cells, resamples, sample)


def _unread_wrong(
    cells: Contingency, unread: IntArray, sample: Sample, rng: np.random.Generator
) -> dict[str, Estimate]:
    patterns = with_unread(cells, unread)
    n_unread = patterns.n_pairs - cells.n_pairs
    if not n_unread:
        return {}
    left_out = {reason: n for reason, n in sample.excluded.items() if not reason.startswith(_UNREAD)}
    sample = replace(sample, n_items=patterns.n_pairs, n_pairs=patterns.n_pairs, excluded=left_out)
    resamples = resample_items(patterns.n_items, rng=rng)
    return {name: METRIC[name].estimate(patterns, resamples, sample) for name in UNREAD_FIGURES}


def _passing(
    dimension: Dimension, levels: IntArray, people: PeopleRatings, sample: Sample, rng: np.random.Generator
) -> dict[str, Estimate]:
    """Pass or fail by the majority of pass and fail: people who differ on the level may agree on that."""
    side = pass_positions(dimension.criterion)
    if not {0, 1} <= set(side.tolist()):
        return {}
    counts = np.stack([people.counts[:, side[:-1] == one].sum(axis=1) for one in (0, 1)], axis=1)
    reference = majority(counts)
    passing = contingency(side[levels], reference, _PASS_FAIL)
    n_tied = int(((side[levels] != MISSING) & (reference == MISSING) & counts.any(axis=1)).sum())
    excluded = {**_without_ties(sample.excluded), **({_TIED: n_tied} if n_tied else {})}
    sample = sample_of(passing, n_raters=sample.n_raters, excluded=excluded)
    resamples = resample_items(passing.n_items, rng=rng)
    n_pass, n_fail = passing.table.sum(axis=0)
    always_pass = replace(passing, n_items=np.array([n_pass, n_fail, 0, 0]))
    figures = {"accuracy": METRIC["accuracy"].estimate(passing, resamples, sample)}
    figures |= {name: METRIC[name].estimate(passing, resamples, sample) for name in LEVEL_FIGURES}
    figures["always_pass"] = METRIC["accuracy"].estimate(always_pass, resamples, sample)
    return figures


def _correlations(
    dimension: Dimension, numbers: FloatArray, people: PeopleRatings, sample: Sample, rng: np.random.Generator
) -> dict[str, Estimate]:
    if not dimension.has_scores and dimension.criterion.scale != Scale.ORDINAL:
        return {}
    patterns = score_patterns(numbers, people.numbers)
    sample = sample_of(patterns, n_raters=sample.n_raters, excluded=_without_ties(sample.excluded))
    resamples = resample_items(patterns.n_items, rng=rng)
    return {name: METRIC[name].estimate(patterns, resamples, sample) for name in SCORE_FIGURES}


def _leave_one_out(
    dimension: Dimension,
    levels: IntArray,
    people: PeopleRatings,
    excluded: Mapping[str, int],
    rng: np.random.Generator,
) -> LeaveOneOut:
    patterns = judged_patterns(people.counts, levels, np.array(dimension.values))
    excluded = _without_ties(excluded)
    n_single = int(((people.counts.sum(axis=1) == 1) & (levels != MISSING)).sum())
    if n_single:
        excluded[_("items that one person rated")] = n_single
    resamples = resample_items(patterns.n_items, rng=rng)
    return leave_one_out(patterns, resamples, n_raters=len(people.people), excluded=excluded)


def _without_ties(excluded: Mapping[str, int]) -> dict[str, int]:
    """Exclusions of figures that need no majority."""
    return {reason: n for reason, n in excluded.items() if reason != _TIED}


def _excluded(levels: IntArray, outcome: IntArray, people: PeopleRatings) -> dict[str, int]:
    """What the judge's judgements lose on the way to a comparison, by reason."""
    rated_by_people = people.counts.sum(axis=1) > 0
    reasons = {_("items people have not rated"): (outcome != MISSING) & ~rated_by_people}
    for position, name in enumerate(OUTCOMES):
        if name is not Outcome.RATED:
            reasons[f"{_UNREAD}{name}"] = rated_by_people & (outcome == position)
    rated = rated_by_people & (outcome == OUTCOMES.index(Outcome.RATED))
    reasons[_("items the judge did not rate on this criterion")] = rated & (levels == MISSING)
    reasons[_TIED] = rated & (levels != MISSING) & (people.majority == MISSING)
    return {reason: int(items.sum()) for reason, items in reasons.items() if items.any()}


def _counts_by_outcome(outcome: IntArray) -> dict[Outcome, int]:
    counts = np.bincount(outcome[outcome != MISSING], minlength=len(OUTCOMES))
    return {name: int(n) for name, n in zip(OUTCOMES, counts, strict=True) if n}
