"""Signals about one person, each on answers small enough to count by hand."""

from __future__ import annotations

import math
from itertools import groupby, product

import numpy as np
import pytest

from annotations.agreement import OUTCOMES, RaterFacts, Ratings
from annotations.choices import Outcome, RaterKind
from annotations.quality import (
    Answers,
    Timed,
    as_levels,
    by_hour,
    chance_of_run,
    class_mix,
    errs,
    gold_accuracy,
    gold_accuracy_by_criterion,
    hours_of_sitting,
    joint_classes,
    longest_streak,
    matches,
    pace,
    person_signals,
    relative_slope,
    slope,
    with_others,
)
from annotations.rubrics import MISSING
from tests.factories import rubric_spec


def ratings_of(*rows: tuple[int, int, tuple[int, int]], assisted: tuple[int, ...] = (), n_raters: int = 4) -> Ratings:
    """Rows of (rater, item, levels); raters have the ids 10, 11, …"""
    rater, item, levels = zip(*rows, strict=True)
    items, position = np.unique(np.array(item), return_inverse=True)
    return Ratings(
        rubric=rubric_spec(),
        raters=tuple(RaterFacts(10 + i, RaterKind.PERSON, f"rater {i}") for i in range(n_raters)),
        items=items.astype(np.int64),
        item=position.astype(np.int64),
        rater=np.array(rater, dtype=np.int64),
        outcome=np.full(len(rows), OUTCOMES.index(Outcome.RATED)),
        assisted=np.isin(np.arange(len(rows)), assisted),
        levels=np.array(levels, dtype=np.int64),
        scores=np.full((len(rows), 2), np.nan),
    )


# --- gold


def test_a_hit_is_an_answer_that_is_right_on_every_criterion_that_gold_knows() -> None:
    known = as_levels([(0, None), (0, 1), (1, 1), (None, None)], 2)
    said = as_levels([(0, 1), (0, 0), (1, 1), (0, 0)], 2)
    assert matches(said, known).tolist() == [True, False, True, False]
    assert errs(said, known).tolist() == [[False, False], [False, True], [False, False], [False, False]]
    every = gold_accuracy(said, known)
    assert (every.value, every.n) == (pytest.approx(2 / 3), 3)  # what knows nothing does not count
    first, second = gold_accuracy_by_criterion(said, known)
    assert ((first.value, first.n), (second.value, second.n)) == ((1.0, 3), (0.5, 2))


def test_accuracy_without_gold_is_undefined_in_words() -> None:
    signal = gold_accuracy(as_levels([], 2), as_levels([], 2))
    assert math.isnan(signal.value)
    assert (signal.n, signal.undefined) == (0, "no answer on gold yet")


# --- the others


def test_each_person_is_held_to_the_majority_of_the_others() -> None:
    ratings = ratings_of(
        (0, 1, (0, 0)), (1, 1, (0, 0)), (2, 1, (0, 1)),  # 2 differs on the second criterion
        (0, 2, (1, 1)), (1, 2, (0, 1)),  # two people: each is the other's majority
    )  # fmt: skip
    found = with_others(ratings)
    zero, two = found[10], found[12]
    # Of item 1 the others of 0 say (0, 0) and (0, 1): the second criterion ties and does not count.
    assert (zero.every.value, zero.every.n, zero.agrees.tolist()) == (0.5, 2, [True, False])
    assert [(c.value, c.n) for c in zero.criteria] == [(0.5, 2), (1.0, 1)]
    assert (two.every.value, two.every.n, two.items.tolist()) == (0.0, 1, [1])


def test_what_was_said_with_a_judge_in_sight_counts_for_nobody() -> None:
    ratings = ratings_of((0, 1, (0, 0)), (1, 1, (1, 1)), (2, 1, (0, 0)), assisted=(1,))
    found = with_others(ratings)
    assert set(found) == {10, 12}
    assert found[10].every.value == 1.0


def test_items_on_which_the_others_tie_are_left_out_and_counted() -> None:
    ratings = ratings_of((0, 1, (0, 0)), (1, 1, (0, 0)), (2, 1, (1, 1)))
    zero = with_others(ratings)[10]
    assert (zero.every.n, zero.n_tied) == (0, 1)
    assert zero.every.undefined is not None


# --- pace


def timed(seconds: list[float], characters: list[int]) -> Timed:
    return Timed(np.array(seconds), np.array(characters, dtype=np.int64))


def test_pace_is_measured_against_others_on_items_as_long() -> None:
    lengths = [100] * 10 + [1000] * 10
    others = timed([10.0] * 10 + [40.0] * 10, lengths)
    slow_on_short = pace(timed([20.0] * 8, [100] * 8), others)
    assert (slow_on_short.ratio.value, slow_on_short.ratio.n, slow_on_short.median_s) == (2.0, 8, 20.0)
    # 20 seconds are slow for a short text and fast for a long one.
    assert pace(timed([20.0] * 8, [1000] * 8), others).ratio.value == pytest.approx(0.5)


def test_pace_is_undefined_without_others_and_without_answers() -> None:
    alone = pace(timed([20.0] * 8, [100] * 8), timed([], []))
    assert math.isnan(alone.ratio.value)
    assert "other people" in (alone.ratio.undefined or "")
    assert pace(timed([], []), timed([1.0], [1])).ratio.undefined == "no answer whose seconds are known"


def test_five_answers_give_a_pace_without_an_interval() -> None:
    few = pace(timed([20.0] * 5, [100] * 5), timed([10.0] * 20, [100] * 20)).ratio
    assert (few.value, math.isnan(few.low), few.doubt) == (2.0, True, "too few answers for an interval")


def test_the_interval_of_the_pace_covers_as_often_as_it_says() -> None:
    rng, n_trials = np.random.default_rng(8), 2000
    others = timed([10.0] * 40, [100] * 40)
    covered = 0
    for _ in range(n_trials):
        own = timed(list(10.0 * 0.6 * np.exp(0.5 * rng.standard_normal(31))), [100] * 31)
        found = pace(own, others).ratio
        covered += found.low <= 0.6 <= found.high
    # Order statistics cover at least what they say: of 31 answers ranks 10 and 22, 0.9706 by the binomial.
    assert covered / n_trials == pytest.approx(0.9706, abs=4 * math.sqrt(0.97 * 0.03 / n_trials))


# --- streaks


def runs(text: str) -> np.ndarray:
    return np.array([[int(c)] for c in text], dtype=np.int64)


def test_the_longest_run_and_its_answer() -> None:
    streak = longest_streak(runs("0011100"))
    assert (streak.length, streak.answer, streak.n, streak.commonest.value) == (3, (1,), 7, pytest.approx(4 / 7))


def test_the_chance_of_a_run_is_that_of_counting_all_sequences() -> None:
    frequencies = np.array([0.5, 0.3, 0.2])
    for length in (1, 2, 3, 5, 8):
        total = sum(
            float(np.prod(frequencies[list(drawn)]))
            for drawn in product(range(3), repeat=8)
            if max(len(list(run)) for _, run in groupby(drawn)) >= length
        )
        assert chance_of_run(frequencies, n=8, length=length) == pytest.approx(total)


def test_a_fair_coin() -> None:
    # Of 8 sequences of three only HTH and THT have no two in a row.
    assert chance_of_run(np.array([0.5, 0.5]), n=3, length=2) == pytest.approx(0.75)
    assert chance_of_run(np.array([0.5, 0.5]), n=2, length=3) == 0.0


def test_somebody_who_gives_one_answer_only_has_no_chance_but_is_said_to_do_so() -> None:
    streak = longest_streak(runs("0000"))
    assert (streak.length, streak.commonest.value) == (4, 1.0)
    assert math.isnan(streak.chance)
    assert streak.undefined == "only one answer was ever given"


# --- drift


def test_a_sitting_ends_with_half_an_hour_of_nothing() -> None:
    minutes = np.array([0, 10, 30, 61, 70])
    assert hours_of_sitting(minutes * 60.0).tolist() == pytest.approx([0, 1 / 6, 1 / 2, 0, 9 / 60])


def test_the_slope_of_a_line_is_that_of_the_line() -> None:
    hours = np.linspace(0, 3, 30)
    found = slope(hours, 2 + 0.5 * hours)
    assert (found.value, found.low, found.high, found.n) == (pytest.approx(0.5),) * 3 + (30,)
    doubling = relative_slope(hours, np.log(2) * hours)
    assert doubling.value == pytest.approx(1.0)  # 100 % more an hour


def test_a_slope_is_undefined_with_few_answers_and_within_half_an_hour() -> None:
    assert slope(np.arange(5.0), np.arange(5.0)).undefined == "5 answers; a slope needs 20"
    soon = np.linspace(0, 0.49, 30)
    assert slope(soon, np.arange(30.0)).undefined == "all answers came within half an hour of a sitting"


def test_the_interval_of_a_slope_covers_as_often_as_it_says() -> None:
    rng, n_trials = np.random.default_rng(4), 2000
    hours = np.tile(np.linspace(0, 4, 20), 5)
    covered = 0
    for _ in range(n_trials):
        hits = rng.random(len(hours)) < 0.9 - 0.1 * hours  # the spread changes with the mean
        found = slope(hours, hits.astype(np.float64))
        covered += found.low <= -0.1 <= found.high
    assert covered / n_trials == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / n_trials))


def test_hits_are_counted_by_the_hour() -> None:
    hours = by_hour(np.array([0.1, 0.9, 1.2]), np.array([True, False, True]))
    assert [(one.hour, one.hits.value, one.hits.n) for one in hours] == [(0, 0.5, 2), (1, 1.0, 1)]


# --- the mix of classes


def test_the_mix_of_gold_stands_beside_the_natural_one() -> None:
    gold = as_levels([(0, 0)] * 50 + [(1, 0)] * 50, 2)
    natural = as_levels([(0, 0)] * 180 + [(1, 0)] * 20, 2)
    first, second = class_mix(rubric_spec(), gold, natural)
    fails = first.levels[1]
    assert (fails.gold.value, fails.natural.value, fails.gold.n, fails.natural.n) == (0.5, 0.1, 100, 200)
    assert fails.differs
    assert not any(level.differs for level in second.levels)


def test_the_mix_without_gold_says_so() -> None:
    [first, _] = class_mix(rubric_spec(), as_levels([], 2), as_levels([(0, 0)], 2))
    assert first.levels[0].difference.undefined == "no gold in use"
    assert not first.levels[0].differs


def test_classes_are_those_of_the_joint_outcome() -> None:
    assert joint_classes(rubric_spec(), as_levels([(0, 0), (0, 1), (0, None)], 2)).tolist() == [0, 1, 2]


# --- all of them


def test_gold_seen_beside_a_verdict_does_not_count_towards_accuracy() -> None:
    answers = Answers(
        items=np.array([1, 2, 3]),
        levels=as_levels([(0, 0), (0, 0), (0, 0)], 2),
        known=as_levels([(0, 0), (1, 1), (None, None)], 2),
        is_blind=np.array([True, False, True]),
        finished_s=np.array([0.0, 60.0, 120.0]),
        seconds=np.array([10.0, np.nan, 12.0]),
        characters=np.array([100, 100, 100]),
        n_skipped=1,
    )
    found = person_signals(answers, None, timed([], []))
    assert (found.gold.value, found.gold.n) == (1.0, 1)
    assert (found.skips.value, found.skips.n, found.n_answers) == (0.25, 4, 3)
    assert found.agreement.undefined is not None
    assert found.pace.median_s == 11.0


def test_a_criterion_that_nobody_rated_is_missing() -> None:
    assert as_levels([(None, 1)], 2).tolist() == [[MISSING, 1]]
