"""What the lots of the modes make measurable, and how often its interval covers the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotations.quality import FEWEST_TURNS, ModeTurns, reliance, second_looks


def turns_of(*groups: tuple[bool, float, int, int]) -> ModeTurns:
    """Groups of (shown, probability, turns that follow, turns)."""
    shown, probability, follows = [], [], []
    for is_shown, chance, n_follows, n in groups:
        shown += [is_shown] * n
        probability += [chance] * n
        follows += [i < n_follows for i in range(n)]
    return ModeTurns(np.ones(len(shown), dtype=np.int64), np.array(shown), np.array(probability), np.array(follows))


def test_with_equal_chances_it_is_the_difference_of_two_proportions() -> None:
    # Newcombe (1998), Statistics in Medicine 17:873, table II (a), method 10: 56/70 less 48/80.
    found = reliance(turns_of((True, 0.4, 56, 70), (False, 0.6, 48, 80)))
    assert (found.difference.value, found.difference.n) == (pytest.approx(0.2), 150)
    assert (found.difference.low, found.difference.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert (found.shown.n, found.unseen.n, found.missing_shown, found.missing_unseen) == (70, 80, 0, 0)


def test_unequal_chances_are_weighed_away() -> None:
    # Of 100 easy items (always right) 80 were shown, of 100 hard ones (half) 20: unweighted 0.90 against 0.60.
    found = reliance(turns_of((True, 0.8, 80, 80), (True, 0.2, 10, 20), (False, 0.2, 20, 20), (False, 0.8, 40, 80)))
    assert (found.shown.value, found.unseen.value) == (pytest.approx(0.75), pytest.approx(0.75))
    assert found.difference.value == pytest.approx(0)


def test_too_few_turns_are_said_and_counted() -> None:
    found = reliance(turns_of((True, 0.5, 5, 10), (False, 0.5, 5, 40)))
    assert (found.missing_shown, found.missing_unseen) == (FEWEST_TURNS - 10, 0)
    assert found.difference.doubt == "too few turns"
    nothing = reliance(turns_of((False, 0.5, 5, 40)))
    assert nothing.difference.undefined == "no turn with the verdict shown"
    assert math.isnan(nothing.difference.value)


def test_one_annotator_can_be_looked_at_alone() -> None:
    both = ModeTurns(np.array([1, 2]), np.array([True, False]), np.array([0.5, 0.5]), np.array([True, True]))
    assert both.of(2).is_shown.tolist() == [False]


def test_a_second_look_switches_when_it_comes_nearer_to_the_verdict() -> None:
    found = second_looks(
        np.array([0, 1, 1, 0]), np.array([2, 1, 0, 0]),
        is_kept=np.array([False, True, False, False]), is_revised=np.array([True, False, True, False]),
    )  # fmt: skip
    assert (found.switched.value, found.switched.n, found.n_kept, found.n_undecided) == (0.25, 4, 1, 1)
    none = np.array([], dtype=np.int64)
    nothing = second_looks(none, none, is_kept=none == 1, is_revised=none == 1)
    assert nothing.switched.undefined == "no verdict was revealed that differed"


@pytest.mark.parametrize("follows", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("chances", [(0.4,), (0.25, 0.5)], ids=["one policy", "two policies"])
def test_the_interval_covers_as_often_as_it_says(follows: float, chances: tuple[float, ...]) -> None:
    """An annotator says what the verdict says in 0.7 of easy and 0.4 of hard items, and follows a shown one besides."""
    rng, n_trials, n = np.random.default_rng(17), 2000, 160
    chance = np.repeat(chances, n // len(chances))
    alone = np.repeat([0.7, 0.4], n // 2)
    truth = float((follows * (1 - alone)).mean())
    covered = 0
    for _ in range(n_trials):
        is_shown = rng.random(n) < chance
        says = rng.random(n) < np.where(is_shown, alone + follows * (1 - alone), alone)
        found = reliance(ModeTurns(np.ones(n, dtype=np.int64), is_shown, np.where(is_shown, chance, 1 - chance), says))
        covered += found.difference.low <= truth <= found.difference.high
    tolerance = 4 * math.sqrt(0.95 * 0.05 / n_trials)
    # Items differ in how often the verdict is met, which the interval takes for chance: it may cover a little more.
    assert 0.95 - tolerance <= covered / n_trials <= 0.97 + tolerance
