from __future__ import annotations

import numpy as np
import pytest

from annotations.choices import Scale
from annotations.rubrics import MISSING, CriterionSpec, LevelSpec
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


def test_a_level_that_passes_is_above_one_that_does_not_and_values_order_the_rest() -> None:
    assert tiers_of(REASONABLENESS) == (1, 0, 0)
    assert tiers_of(STYLE) == (2, 1, 0)


def test_a_preference_has_no_better_and_worse_levels() -> None:
    preference = CriterionSpec("p", "P", Scale.PREFERENCE, (LevelSpec("a", "A"), LevelSpec("b", "B")))
    with pytest.raises(JudgeError, match="criterion “p” is preference and none of its levels is said to pass"):
        tiers_of(preference)


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
