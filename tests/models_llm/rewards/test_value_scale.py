from __future__ import annotations

import numpy as np
import pytest

from annotations.choices import Scale
from annotations.rubrics import MISSING, CriterionSpec, LevelSpec, load_rubric
from models_llm.errors import JudgeError
from models_llm.rewards import fit_value_scale, tiers_of

REASONABLENESS = CriterionSpec(
    "reasonableness",
    "Reasonableness",
    Scale.NOMINAL,
    (
        LevelSpec("strong", "Strong Correlation", passes=True),
        LevelSpec("weak", "Weak Correlation", passes=False),
        LevelSpec("none", "No Correlation", passes=False),
    ),
)
STYLE = CriterionSpec(
    "style",
    "Style",
    Scale.ORDINAL,
    (LevelSpec("e", "Excellent", 3, True), LevelSpec("g", "Good", 2, True), LevelSpec("b", "Bad", 1, False)),
)
PREFERENCE = load_rubric("preference").criteria[0]


def test_a_level_that_passes_is_above_one_that_does_not_and_values_order_the_rest() -> None:
    assert tiers_of(REASONABLENESS) == (1, 0, 0)
    assert tiers_of(STYLE) == (2, 1, 0)


def test_levels_without_an_order_cannot_be_learnt() -> None:
    topic = CriterionSpec("t", "T", Scale.NOMINAL, (LevelSpec("a", "A"), LevelSpec("b", "B")))
    with pytest.raises(JudgeError, match="criterion “t” is nominal and none of its levels is said to pass"):
        tiers_of(topic)


def test_a_tie_lies_between_the_two_candidates() -> None:
    assert tiers_of(PREFERENCE) == (2, 0, 1)


def test_a_preference_under_other_names_is_refused() -> None:
    renamed = CriterionSpec("p", "P", Scale.PREFERENCE, (LevelSpec("left", "Left"), LevelSpec("right", "Right")))
    with pytest.raises(
        JudgeError, match="“p” is a preference with levels left, right: a reward model needs “a” and “b”"
    ):
        tiers_of(renamed)


def test_ties_of_two_kinds_keep_their_shares() -> None:
    levels = (*PREFERENCE.levels, LevelSpec("neither", "Neither is good"))
    both = CriterionSpec("p", "P", Scale.PREFERENCE, levels)
    scale = fit_value_scale(both, [2.0, -2.0, 0.1, -0.1, 0.0], [0, 1, 2, 3, 3])
    # One tie and two of neither, each counted in both orders, and half an observation more: 2.5 and 4.5 of 7.
    assert scale.within == pytest.approx((1, 1, 2.5 / 7, 4.5 / 7))


def test_no_place_of_a_pair_is_preferred_whatever_people_were_shown() -> None:
    # In nine of ten pairs the first was the better one, as its value says; the scale must not learn to guess that.
    values = [2.0, 1.5, 1.8, 0.1, 2.2, 1.9, 1.7, -0.1, 2.1, -1.9]
    scale = fit_value_scale(PREFERENCE, values, [0, 0, 0, 2, 0, 0, 0, 2, 0, 1])
    ahead, behind = scale.shares(np.array([0.7, -0.7]))
    assert ahead[[0, 1, 2]] == pytest.approx(behind[[1, 0, 2]], abs=1e-3)
    assert scale.shares(np.array([2.0, 0.0, -2.0])).argmax(axis=1).tolist() == [0, 2, 1]


def test_levels_of_one_tier_share_its_probability_as_people_used_them() -> None:
    levels = [0] * 10 + [1] * 7 + [2] * 2
    scale = fit_value_scale(REASONABLENESS, [5.0] * 10 + [-5.0] * 9, levels)
    # 7 and 2 with half an observation more each: 7.5 / 10 and 2.5 / 10 of the failing tier.
    assert scale.within == pytest.approx((1.0, 0.75, 0.25))
    shares = scale.shares(np.array([-5.0]))[0]
    assert shares.sum() == pytest.approx(1)
    assert shares[1] / shares[2] == pytest.approx(3)
    assert shares.argmax() == 1


def test_items_that_nobody_rated_are_left_out() -> None:
    values, levels = [3.0, 2.0, -2.0, -3.0], [0, 0, 2, 2]
    assert fit_value_scale(STYLE, values, levels) == fit_value_scale(STYLE, [*values, 9.0], [*levels, MISSING])
