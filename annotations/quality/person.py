"""All signals about one person, from their answers in the order they were given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotations.estimation import FloatArray, IntArray
from annotations.quality.drift import HourOfSitting, by_hour, hours_of_sitting, relative_slope, slope
from annotations.quality.matching import gold_accuracy, gold_accuracy_by_criterion, matches
from annotations.quality.others import NOBODY_ELSE, WithOthers
from annotations.quality.pace import Pace, Timed, pace
from annotations.quality.signal import Signal, share, undefined
from annotations.quality.streaks import Streak, longest_streak
from annotations.rubrics import MISSING
from annotations.sentences import sentence as _


@dataclass(frozen=True)
class Answers:
    """One person's answers to work and gold, in the order they were given.

    Attributes:
        items: (n,) ids.
        levels: (n, n_criteria) as first answered, `MISSING` where there is none.
        known: (n, n_criteria) what gold knows of the item; all `MISSING` of work.
        is_blind: (n,) whether nothing of a judge was seen before.
        finished_s: (n,) when, in seconds.
        seconds: (n,) how long it took; nan where unknown.
        characters: (n,) how much there was to read.
        n_skipped: turns that were given back with a reason.
    """

    items: IntArray
    levels: IntArray
    known: IntArray
    is_blind: NDArray[np.bool_]
    finished_s: FloatArray
    seconds: FloatArray
    characters: IntArray
    n_skipped: int

    @property
    def timed(self) -> Timed:
        rows = ~np.isnan(self.seconds)
        return Timed(self.seconds[rows], self.characters[rows])


@dataclass(frozen=True)
class PersonSignals:
    """What a person's answers say of how they work. Each figure has its interval; none is enough alone.

    Attributes:
        n_answers: answers that were looked at.
        gold: share right on gold that came blind, on every criterion that gold knows.
        gold_criteria: the same for each criterion.
        others: agreement with the other people on the same items; None where the person has none in common.
        pace: seconds beside those of other people on items as long.
        streak: the longest run of one answer.
        pace_drift: relative change of seconds with every hour of a sitting; below 0 the person grows faster.
        accuracy_drift: change with every hour of the share that is right on gold or agrees with the others.
        hours: that share, hour by hour.
        skips: share of turns that were skipped.
    """

    n_answers: int
    gold: Signal
    gold_criteria: tuple[Signal, ...]
    others: WithOthers | None
    pace: Pace
    streak: Streak
    pace_drift: Signal
    accuracy_drift: Signal
    hours: tuple[HourOfSitting, ...]
    skips: Signal

    @property
    def agreement(self) -> Signal:
        return undefined(NOBODY_ELSE) if self.others is None else self.others.every


def person_signals(answers: Answers, others: WithOthers | None, seconds_of_others: Timed) -> PersonSignals:
    """Signals of one person.

    Args:
        others: the person beside the others, from `with_others`.
        seconds_of_others: timed answers of everybody else in the project.
    """
    on_gold = answers.is_blind & (answers.known != MISSING).any(axis=1)
    said, known = answers.levels[on_gold], answers.known[on_gold]
    hours = hours_of_sitting(answers.finished_s)
    found_pace = pace(answers.timed, seconds_of_others)
    right = _right(answers, on_gold, others)
    is_known = ~np.isnan(right)
    n = len(answers.items)
    return PersonSignals(
        n_answers=n,
        gold=gold_accuracy(said, known),
        gold_criteria=gold_accuracy_by_criterion(said, known),
        others=others,
        pace=found_pace,
        streak=longest_streak(answers.levels),
        pace_drift=relative_slope(hours[~np.isnan(answers.seconds)], found_pace.logs),
        accuracy_drift=slope(hours, right),
        hours=by_hour(hours[is_known], right[is_known] == 1),
        skips=share(answers.n_skipped, n + answers.n_skipped, reason=_("no turn yet")),
    )


def _right(answers: Answers, on_gold: NDArray[np.bool_], others: WithOthers | None) -> FloatArray:
    """(n,); 1 where an answer is right on gold or agrees with the others, 0 where not, nan where nobody can say."""
    agrees: Mapping[int, bool] = {}
    if others is not None:
        agrees = dict(zip(others.items.tolist(), others.agrees.tolist(), strict=True))
    right = np.array([agrees.get(item, np.nan) for item in answers.items.tolist()], dtype=np.float64)
    right[on_gold] = matches(answers.levels[on_gold], answers.known[on_gold])
    return right
