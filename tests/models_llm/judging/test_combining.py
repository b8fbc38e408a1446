from __future__ import annotations

import pytest

from annotations.choices import Scale
from annotations.rubrics import CriterionSpec, LevelSpec, load_rubric
from models_llm.judging.combining import Rating, combine
from models_llm.judging.settings import Combination

STYLE = CriterionSpec(
    "style",
    "Style",
    Scale.ORDINAL,
    (LevelSpec("3", "Excellent", 3, True), LevelSpec("2", "Good", 2, True), LevelSpec("1", "Bad", 1, False)),
)
BARE = CriterionSpec("bare", "Bare", Scale.ORDINAL, tuple(LevelSpec(key, key) for key in ("low", "mid", "high")))
(PREFERENCE,) = load_rubric("preference").criteria
EXCELLENT, GOOD, BAD = range(3)


def levels(*given: int) -> list[Rating]:
    return [Rating(level) for level in given]


def test_the_level_that_most_give_wins_a_vote() -> None:
    combined = combine(STYLE, levels(EXCELLENT, BAD, EXCELLENT, GOOD), "vote")
    # 3 · 2/4 + 2 · 1/4 + 1 · 1/4 = 2.25
    assert combined == Rating(EXCELLENT, (0.5, 0.25, 0.25), 2.25)


def test_a_vote_that_is_even_goes_to_the_worse_level() -> None:
    assert combine(STYLE, levels(EXCELLENT, BAD, EXCELLENT, BAD), "vote").level == BAD


def test_distributions_are_averaged_and_a_bare_level_counts_as_a_sure_one() -> None:
    given = [Rating(EXCELLENT, (0.5, 0.3, 0.2), 2.3), Rating(GOOD)]
    combined = combine(STYLE, given, "mean")
    assert combined.shares == pytest.approx((0.25, 0.65, 0.1))
    assert combined.level == GOOD
    assert combined.score == pytest.approx(3 * 0.25 + 2 * 0.65 + 1 * 0.1)  # (2.3 + 2) / 2 = 2.15


def test_the_median_holds_against_a_member_that_has_collapsed() -> None:
    given = [Rating(EXCELLENT, None, 2.8), Rating(EXCELLENT, None, 2.6), Rating(BAD, None, 1.0)]
    assert combine(STYLE, given, "median") == Rating(EXCELLENT, None, 2.6)
    # of two, halfway: 2.7 and 1.2 make 1.95, and 2 is nearest
    assert combine(STYLE, [Rating(EXCELLENT, None, 2.7), Rating(BAD, None, 1.2)], "median").level == GOOD


def test_halfway_between_two_levels_the_worse_is_given() -> None:
    assert combine(STYLE, levels(EXCELLENT, GOOD), "median") == Rating(GOOD, None, 2.5)


def test_a_trimmed_mean_leaves_out_the_ends() -> None:
    given = [Rating(GOOD, None, score) for score in (1.0, 2.0, 2.2, 2.4, 3.0)]
    # a fifth of five at each end: (2.0 + 2.2 + 2.4) / 3; a tenth is none: 10.6 / 5
    assert combine(STYLE, given, "trimmed_mean", trim=0.2).score == pytest.approx(2.2)
    assert combine(STYLE, given, "trimmed_mean", trim=0.1).score == pytest.approx(2.12)


@pytest.mark.parametrize("how", ["median", "trimmed_mean"])
def test_what_has_no_order_is_voted_on(how: Combination) -> None:
    combined = combine(PREFERENCE, levels(0, 1, 1), how)
    assert combined == Rating(1, (pytest.approx(1 / 3), pytest.approx(2 / 3), 0.0), None)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["vote", "mean", "median", "trimmed_mean"])
def test_levels_without_values_are_combined_by_position_and_get_no_score(how: Combination) -> None:
    combined = combine(BARE, levels(1, 1, 2), how)
    assert (combined.level, combined.score) == (1, None)


@pytest.mark.parametrize("how", ["vote", "mean", "median", "trimmed_mean"])
def test_one_alone_keeps_its_level(how: Combination) -> None:
    assert [combine(STYLE, levels(level), how, trim=0.25).level for level in range(3)] == [0, 1, 2]
