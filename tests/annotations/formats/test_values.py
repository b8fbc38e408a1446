from __future__ import annotations

import pytest

from annotations.choices import Outcome, Scale
from annotations.formats.values import OFF_THE_SCALE, Reading, UnknownValueError, ValueRules
from annotations.rubrics import CriterionSpec, LevelSpec

FIVE = CriterionSpec(
    key="quality",
    name="Quality",
    scale=Scale.ORDINAL,
    levels=tuple(LevelSpec(key=f"l{value}", label=str(value), value=value) for value in (1, 2, 3, 4, 5)),
)
PAIR = CriterionSpec(
    key="preference",
    name="Preference",
    scale=Scale.PREFERENCE,
    levels=(LevelSpec("a", "A"), LevelSpec("b", "B"), LevelSpec("tie", "Tie")),
)


@pytest.mark.parametrize(("raw", "level"), [("l1", 0), (" l5 ", 4), (2, 1), (2.0, 1), ("2", 1), ("2.00", 1), (5, 4)])
def test_a_level_is_named_by_its_key_or_its_value(raw: object, level: int) -> None:
    assert ValueRules().read(raw, FIVE) == Reading(level=level)


@pytest.mark.parametrize("raw", ["l6", 0, 6, 2.5, "nan", "inf", True, False, "excellent", [1], {"a": 1}])
def test_a_value_that_nothing_covers_is_refused(raw: object) -> None:
    with pytest.raises(UnknownValueError, match="“quality”"):
        ValueRules().read(raw, FIVE)


@pytest.mark.parametrize("raw", [None, "", "  ", 0, "0", "n/a"])
def test_missing_values_are_counted_as_such(raw: object) -> None:
    rules = ValueRules(missing=frozenset({"0", "n/a"}))
    assert rules.read(raw, FIVE) == Reading(unmapped="missing value")


def test_raw_values_are_mapped_to_levels_and_outcomes() -> None:
    rules = ValueRules(levels={"1": "a", "0": "tie", "Tie": "tie"}, outcomes={"garbage": Outcome.UNPARSED})

    assert rules.read(1, PAIR) == Reading(level=0)
    assert rules.read("Tie", PAIR) == rules.read("0", PAIR) == Reading(level=2)
    assert rules.read("b", PAIR) == Reading(level=1)
    assert rules.read("garbage", PAIR) == Reading(outcome=Outcome.UNPARSED)


def test_true_is_not_one() -> None:
    rules = ValueRules(levels={"true": "l5"})
    assert rules.read(1, FIVE).level == 0
    assert rules.read(True, FIVE).level == 4
    assert rules.read(1, FIVE).level == 0


@pytest.mark.parametrize(
    ("score", "level"),
    # The scale is 1 to 5: of two equally near levels the higher; half a step outside is still the last level.
    [(1.2, 0), (1.5, 1), (2.4999, 1), (2.5, 2), (4.9, 4), (0.5, 0), (0.667, 0), (5.5, 4)],
)
def test_a_real_score_goes_to_the_nearest_level_and_is_kept(score: float, level: int) -> None:
    assert ValueRules(nearest=True).read(score, FIVE) == Reading(level=level, score=score, is_exact=False)


@pytest.mark.parametrize("score", [-1, 0.49, 5.51, 100])
def test_a_score_off_the_scale_has_no_level_and_is_kept(score: float) -> None:
    assert ValueRules(nearest=True).read(score, FIVE) == Reading(score=score, is_exact=False, unmapped=OFF_THE_SCALE)


def test_a_whole_score_is_said_by_its_level() -> None:
    assert ValueRules(nearest=True).read("3", FIVE) == Reading(level=2, score=3.0, is_exact=True)


def test_a_falling_scale_reads_scores_by_value_and_not_by_position() -> None:
    falling = CriterionSpec(
        key="q",
        name="Q",
        scale=Scale.ORDINAL,
        levels=(LevelSpec("good", "Good", 2), LevelSpec("fair", "Fair", 1), LevelSpec("bad", "Bad", 0)),
    )
    rules = ValueRules(nearest=True)
    assert [rules.read(score, falling).level for score in (1.9, 1.5, 0.6, 0.4)] == [0, 0, 1, 2]
