"""What an audit says, stored and read again."""

from __future__ import annotations

import json

from models_llm.bias import (
    AuditReport,
    CheckResult,
    Example,
    Figure,
    Requirement,
    Spent,
    as_plain,
    read_report,
    worst,
)
from models_llm.choices import Decision

POSITION = CheckResult(
    check="position",
    decision=Decision.FAILED,
    figures=(
        Figure("Same winner", value=0.9, low=0.85, high=0.95, n=80, requirement=Requirement(low=0.8),
               decision=Decision.PASSED, method="wilson"),
        Figure("First slot", value=1.0, low=0.6, high=1.0, n=8, requirement=Requirement(holds=0.5),
               decision=Decision.FAILED, method="exact", p_value=0.008),
    ),
    n_trials=81,
    unrated={"refused": 1},
    examples=(Example(7, "q-7", "swapped", (0,), None, "no", "declined"),),
    spent=Spent(n_calls=81, prompt_tokens=900),
)  # fmt: skip
ORDER = CheckResult(check="order", decision=Decision.NOT_APPLICABLE, reason="it reads no rubric")
REPORT = AuditReport(n_items=81, n_rated=0, unrated={}, checks=(POSITION, ORDER), spent=Spent(n_calls=162))


def test_a_report_comes_back_from_its_json() -> None:
    assert read_report(json.loads(json.dumps(as_plain(REPORT)))) == REPORT


def test_the_headline_is_the_figure_that_decided() -> None:
    assert POSITION.headline is POSITION.figures[1]
    assert ORDER.headline is None


def test_a_report_is_as_bad_as_its_worst_check() -> None:
    assert REPORT.decision is Decision.FAILED
    assert (REPORT.count(Decision.FAILED), REPORT.count(Decision.PASSED)) == (1, 0)


def test_what_decided_nothing_is_never_a_pass() -> None:
    assert worst([]) is Decision.NOT_APPLICABLE
    assert worst([None, Decision.NOT_APPLICABLE]) is Decision.NOT_APPLICABLE
    assert worst([Decision.PASSED, Decision.UNDECIDED]) is Decision.UNDECIDED
    assert worst([Decision.NOT_RUN, Decision.FAILED]) is Decision.FAILED
