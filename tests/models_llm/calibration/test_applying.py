"""A fitted calibration on verdicts: which map each item gets, and what stays as it was given."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from annotations.choices import Scale
from annotations.rubrics import MISSING, CriterionSpec, LevelSpec, RubricSpec
from models_llm.calibration import Calibrator, CriterionCalibrator, Event, event_of, event_probabilities

MIXED = CriterionSpec(
    "mixed",
    "Mixed",
    Scale.NOMINAL,
    tuple(LevelSpec(key, key, passes=passes) for key, passes in (("yes", True), ("so", None), ("no", False))),
)
SIDES = CriterionSpec("side", "Side", Scale.PREFERENCE, tuple(LevelSpec(key, key) for key in ("a", "b")))
KEPT: dict[str, Any] = {"items": np.array([10, 20]), "folds": np.array([1, 0])}


def times(odds: float) -> dict[str, Any]:
    """The map that multiplies the odds."""
    return {"method": "platt", "parameters": {"slope": 1.0, "intercept": math.log(odds)}}


def document(**fields: Any) -> dict[str, Any]:
    return {
        "key": "mixed",
        "event": "passes",
        "n": 2,
        "refused": None,
        "candidates": [{"refused": None}, {"refused": "needs more"}],
        "chosen": times(2),
        "held_out": [times(3), times(4)],
        **fields,
    }


def calibrator(**fields: Any) -> CriterionCalibrator:
    return CriterionCalibrator.read(document(**fields), **KEPT)


def test_an_item_that_was_fitted_on_gets_the_map_of_its_fold_and_any_other_the_map_of_all() -> None:
    found = calibrator().apply(np.array([20, 30, 10, 5]), np.full(4, 0.5))
    # Even odds become 3 (fold 0), 2 (all), 4 (fold 1) and 2 to 1.
    assert found.calibrated == pytest.approx([3 / 4, 2 / 3, 4 / 5, 2 / 3])
    assert found.is_cross_fitted.tolist() == [True, False, True, False]
    assert found.given.tolist() == [0.5] * 4


def test_a_verdict_without_a_probability_stays_without() -> None:
    found = calibrator().apply(np.array([10, 30]), np.array([np.nan, np.nan]))
    assert np.isnan(found.calibrated).all()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"refused": "no item", "candidates": [{"refused": "needs 50"}]}, "no item"),
        ({"candidates": [{"refused": "needs 50"}, {"refused": "needs 1,000"}]}, "needs 50"),
        ({}, "no map came nearer to what people say than the judge itself"),
    ],
)
def test_a_criterion_without_a_map_stays_exactly_as_given_and_says_why(fields: dict[str, Any], reason: str) -> None:
    unmapped = calibrator(**{"chosen": {"method": "none", "parameters": {}}, "held_out": [], **fields})
    found = unmapped.apply(np.array([10, 30]), np.array([1.0, 0.0]))
    assert (unmapped.unchanged, found.calibrated.tolist()) == (reason, [1.0, 0.0])
    assert not found.is_cross_fitted.any()


def test_a_criterion_with_a_map_is_not_said_to_be_unchanged() -> None:
    assert calibrator().unchanged == ""


def test_each_criterion_takes_its_own_levels_of_a_distribution() -> None:
    rubric = RubricSpec("both", (MIXED, SIDES))
    both = Calibrator((calibrator(), calibrator(key="side", event="given level", chosen=times(9))))
    passes, given = both.apply(
        rubric,
        item_ids=np.array([7]),
        levels=np.array([[0, 1]]),
        distributions=np.array([[0.2, 0.6, 0.2, 0.4, 0.6]]),
    )
    assert (passes.given[0], passes.calibrated[0]) == pytest.approx((0.5, 2 / 3))
    # .6 are odds of 3 to 2, nine times that 27 to 2.
    assert (given.given[0], given.calibrated[0]) == pytest.approx((0.6, 27 / 29))


def test_a_level_that_neither_passes_nor_fails_counts_for_neither() -> None:
    assert event_of(MIXED) is Event.PASSES
    shares = np.array([[0.3, 0.6, 0.1], [0.0, 1.0, 0.0], [np.nan] * 3])
    found = event_probabilities(MIXED, np.array([0, 1, 0]), shares)
    assert found[0] == pytest.approx(0.75)
    assert np.isnan(found[1:]).all()


def test_without_levels_that_pass_it_is_the_level_given() -> None:
    assert event_of(SIDES) is Event.GIVEN_LEVEL
    found = event_probabilities(SIDES, np.array([1, 0, MISSING]), np.array([[0.2, 0.8]] * 3))
    assert found[:2].tolist() == [0.8, 0.2]
    assert np.isnan(found[2])
