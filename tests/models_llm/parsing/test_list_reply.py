from __future__ import annotations

import json

import pytest

from annotations.choices import Outcome
from models_llm.parsing import parse_list_reply
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()
GOOD = {"relevance": "Relevance", "validity": {"rationale": "sold", "level": "Validity"}, "style": "Good"}
POOR = {"relevance": "Weak Relevance", "validity": "Invalid Tag", "style": "Bad"}


def levels(text: str, names: str = "AB") -> list[tuple[int, ...] | None]:
    return [one.levels for one in parse_list_reply(text, RUBRIC, list(names))]


def test_each_name_gets_its_own_entry_in_the_order_asked() -> None:
    assert levels(json.dumps({"B": POOR, "A": GOOD})) == [(0, 0, 1), (1, 1, 0)]


@pytest.mark.parametrize("wrapped", [{"candidates": {"A": GOOD, "B": POOR}}, {"a": GOOD, " B ": POOR}])
def test_entries_may_stand_one_deeper_and_names_in_any_case(wrapped: object) -> None:
    assert levels(f"Here you are:\n```json\n{json.dumps(wrapped)}\n```") == [(0, 0, 1), (1, 1, 0)]


def test_the_last_time_a_candidate_is_judged_counts() -> None:
    text = json.dumps({"A": GOOD, "B": GOOD}) + "\nOn reflection: " + json.dumps({"B": POOR})
    assert levels(text) == [(0, 0, 1), (1, 1, 0)]


def test_what_one_entry_lacks_is_not_taken_from_another() -> None:
    first, second = parse_list_reply(json.dumps({"A": GOOD, "B": {"relevance": "Relevance"}}), RUBRIC, ["A", "B"])
    assert first.levels == (0, 0, 1)
    assert (second.outcome, second.levels) == (Outcome.UNPARSED, None)
    assert second.reason == "criterion “validity” is not graded"


def test_names_inside_an_entry_are_not_candidates() -> None:
    text = json.dumps({"A": {**GOOD, "B": POOR}})
    assert levels(text) == [(0, 0, 1), None]


@pytest.mark.parametrize("text", ["", "A is better", "[1, 2]", json.dumps(GOOD), '{"A": "Relevance"}', "{" * 5000])
def test_a_reply_without_entries_gives_no_levels(text: str) -> None:
    found = parse_list_reply(text, RUBRIC, ["A", "B"])
    assert [(one.outcome, one.levels) for one in found] == [(Outcome.UNPARSED, None)] * 2
    assert all(one.reason for one in found)


def test_a_refusal_is_one_for_every_candidate() -> None:
    found = parse_list_reply("I'm sorry, I cannot do that.", RUBRIC, ["A", "B"])
    assert [one.outcome for one in found] == [Outcome.REFUSED] * 2
