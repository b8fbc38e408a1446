"""When a figure passes."""

from __future__ import annotations

import math

import pytest

from models_llm.bias import Requirement
from models_llm.choices import Decision

PASSED, FAILED, UNDECIDED = Decision.PASSED, Decision.FAILED, Decision.UNDECIDED


@pytest.mark.parametrize(
    ("requirement", "low", "high", "decision"),
    [
        (Requirement(-0.1, 0.1), -0.1, 0.1, PASSED),
        (Requirement(-0.1, 0.1), -0.05, 0.12, UNDECIDED),
        (Requirement(-0.1, 0.1), 0.11, 0.3, FAILED),
        (Requirement(-0.1, 0.1), -0.5, -0.2, FAILED),
        (Requirement(-0.1, 0.1), -1.0, 1.0, UNDECIDED),
        (Requirement(low=0.8), 0.8, 0.9, PASSED),
        (Requirement(low=0.8), 0.7, 0.9, UNDECIDED),
        (Requirement(low=0.8), 0.6, 0.79, FAILED),
        (Requirement(high=0.05), 0.0, 0.04, PASSED),
        (Requirement(high=0.05), 0.0, 0.06, UNDECIDED),
        (Requirement(high=0.05), 0.06, 0.2, FAILED),
        (Requirement(holds=0.5), 0.3, 0.6, PASSED),
        (Requirement(holds=0.5), 0.51, 0.9, FAILED),
    ],
)
def test_an_interval_decides_by_where_it_lies(
    requirement: Requirement, low: float, high: float, decision: Decision
) -> None:
    assert requirement.decide(low, high) is decision


@pytest.mark.parametrize("requirement", [Requirement(-0.1, 0.1), Requirement(low=0.8), Requirement(holds=0.5)])
def test_an_undefined_interval_never_passes(requirement: Requirement) -> None:
    assert requirement.decide(math.nan, math.nan) is UNDECIDED


def test_a_requirement_says_which_end_of_the_interval_counts() -> None:
    said = [str(one) for one in (Requirement(-0.1, 0.1), Requirement(low=0.8), Requirement(high=0.05))]
    assert said == ["interval inside -0.1 to 0.1", "lower end at least 0.8", "upper end at most 0.05"]
