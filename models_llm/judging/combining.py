"""Several ratings of one criterion to one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from annotations.rubrics import CriterionSpec
from models_llm.judging.distribution import Shares, expected, mean, merit, one_hot, peak
from models_llm.judging.settings import Combination


@dataclass(frozen=True)
class Rating:
    """What one judge, or several together, say of a criterion.

    Attributes:
        shares: None where there is no distribution.
        score: None where there is none.
    """

    level: int
    shares: Shares | None = None
    score: float | None = None


def combine(criterion: CriterionSpec, ratings: Sequence[Rating], how: Combination, *, trim: float = 0.0) -> Rating:
    """One or more ratings as one. Of levels that come out alike the worst is given.

    - `vote`: the level that most give. Its distribution is the votes' shares, its score their mean value.
    - `mean`: the likeliest level of the mean distribution; a rating without a distribution has all on its level. The
      score is the mean distribution's.
    - `median`, `trimmed_mean`: of the scores, a rating without one having its level's value; the level is the one of
      the nearest value. There is no distribution. A trimmed mean leaves out `trim` of the ratings at each end, rounded
      down. On nominal criteria and preferences, whose levels have no order, both are votes.

    A criterion whose levels have no values is combined by their positions and gets no score.
    """
    if how == "mean":
        return _peaked(criterion, mean([one.shares or one_hot(criterion, one.level) for one in ratings]))
    if how == "vote" or not criterion.is_ordered:
        return _peaked(criterion, mean([one_hot(criterion, one.level) for one in ratings]))
    scores = [criterion.values[one.level] if one.score is None else one.score for one in ratings]
    score = median(scores) if how == "median" else _trimmed_mean(scores, trim)
    level = min(
        range(len(criterion.levels)), key=lambda level: (abs(criterion.values[level] - score), merit(criterion, level))
    )
    has_values = criterion.levels[level].value is not None
    return Rating(level, score=score if has_values else None)


def _peaked(criterion: CriterionSpec, shares: Shares) -> Rating:
    return Rating(peak(criterion, shares), shares, expected(criterion, shares))


def _trimmed_mean(scores: Sequence[float], trim: float) -> float:
    n_left_out = math.floor(trim * len(scores))
    return fmean(sorted(scores)[n_left_out : len(scores) - n_left_out])
