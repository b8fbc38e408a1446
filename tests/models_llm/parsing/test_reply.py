from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.choices import Outcome, Scale
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec
from models_llm.parsing import parse_reply
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()
GOOD = {
    "relevance": {"rationale": "r", "level": "Weak Relevance"},
    "validity": {"rationale": "v", "level": "Validity"},
    "style": {"rationale": "s", "level": "Excellent"},
}
GOOD_LEVELS = (1, 0, 2)


def reply(**changed: Any) -> str:
    return json.dumps(GOOD | changed)


@pytest.mark.parametrize(
    "text",
    [
        reply(),
        json.dumps(GOOD, indent=4),
        f"```json\n{reply()}\n```",
        f"Here is my judgement {{as asked}}:\n{reply()}\nI hope this helps {{:-)",
        f"<think>maybe {reply(style={'level': 'Bad'})}</think>{reply()}",
        "\ufeff" + reply(),
        json.dumps({"verdict": GOOD}),
        json.dumps([{name: grade} for name, grade in GOOD.items()]),
        "\n".join(json.dumps({name: grade}) for name, grade in GOOD.items()),
        reply(extra={"level": "Bad"}, style={"level": "excellent"}),
        reply(relevance={"level": "  WEAK\t relevance "}),
        reply(relevance={"level": "weak"}, validity={"level": "VALID"}, style={"level": 3}),
        reply(style={"level": 3.0}),
        reply(relevance="Weak Relevance", style="3"),
        json.dumps({"RELEVANCE": GOOD["relevance"], "Tag validity": GOOD["validity"], "style": GOOD["style"]}),
        '{"style": {"level": "Bad"}, ' + reply()[1:-1] + "}",
        reply(relevance={"rationale": 'the text says {"relevance": {"level": "Relevance"}}', "level": "weak"}),
        reply(relevance={"rationale": "line\nbreak", "level": "weak"}).replace("\\n", "\n"),
    ],
)
def test_grades_are_found_wherever_they_stand(text: str) -> None:
    parsed = parse_reply(text, RUBRIC)
    assert (parsed.outcome, parsed.levels, parsed.reason) == (Outcome.RATED, GOOD_LEVELS, "")


def test_rationales_are_kept_in_the_order_of_the_criteria() -> None:
    assert parse_reply(reply(), RUBRIC).rationales == ("r", "v", "s")


def test_the_last_stated_grade_wins() -> None:
    text = reply(style={"level": "Bad"}) + "\nOn reflection:\n" + json.dumps({"style": {"level": "Good"}})
    assert parse_reply(text, RUBRIC).levels == (1, 0, 1)


def test_a_last_grade_that_is_not_offered_is_not_replaced_by_an_earlier_one() -> None:
    parsed = parse_reply(reply() + json.dumps({"style": {"level": "Superb"}}), RUBRIC)
    assert (parsed.outcome, parsed.levels) == (Outcome.UNPARSED, None)
    assert parsed.reason == "criterion “style”: expected one of Bad, Good, Excellent; got “Superb”"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no grade of any criterion in a JSON object"),
        ("Relevance: Weak Relevance, Validity: Validity, Style: Good", "no grade of any criterion"),
        ("{}", "no grade of any criterion"),
        ("null", "no grade of any criterion"),
        ("[1, 2, 3]", "no grade of any criterion"),
        ("{" * 500, "no grade of any criterion"),
        ('{"a":' * 50_000, "nested too deeply"),
        (reply()[:-20], "no grade of any criterion"),
        (json.dumps({"relevance": GOOD["relevance"]}), "criterion “validity” is not graded"),
        (reply(style={"level": None}), "got “null”"),
        (reply(style={"level": ["Good"]}), 'got “["Good"]”'),
        (reply(style={"level": True}), "got “true”"),
        (reply(style={"level": 2.5}), "got “2.5”"),
        (reply(style={"level": 4}), "got “4”"),
        (reply(style={"level": -1}), "got “-1”"),
        (reply(style={"level": "@"}).replace('"@"', "1" + "0" * 5000), "got “1000"),
        (reply(style={"level": float("nan")}), "got “NaN”"),
        (reply(style={"level": "Good or Excellent"}), "got “Good or Excellent”"),
        (reply(style={"level": ""}), "got “”"),
        (reply(style=None), "got “null”"),
        (reply() + reply(style=False), "got “false”"),
        (reply(style={"rating": "Good"}), "criterion “style” is not graded"),
        (reply(style={}), "criterion “style” is not graded"),
        (reply(style={"level": "Relevance"}), "expected one of Bad, Good, Excellent; got “Relevance”"),
    ],
)
def test_what_cannot_be_read_has_no_levels_and_says_why(text: str, reason: str) -> None:
    parsed = parse_reply(text, RUBRIC)
    assert (parsed.outcome, parsed.levels) == (Outcome.UNPARSED, None)
    assert reason in parsed.reason


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't assist with that.",
        "I cannot judge this content.",
        "As an AI language model, I am unable to rate people.",
        "I’m sorry, I cannot help.",
        "抱歉，我无法评价这个内容。",
    ],
)
def test_a_reply_that_declines_is_refused(text: str) -> None:
    assert parse_reply(text, RUBRIC).outcome is Outcome.REFUSED


def test_a_grade_counts_even_where_the_reply_apologises() -> None:
    assert parse_reply("I'm sorry, I can't be sure, but: " + reply(), RUBRIC).outcome is Outcome.RATED


def test_a_level_key_does_not_shadow_another_levels_label() -> None:
    # Keys and labels crossed on purpose: what the prompt offers is the label.
    crossed = CriterionSpec(
        "c", "C", Scale.NOMINAL, (LevelSpec("yes", "no"), LevelSpec("no", "maybe"), LevelSpec("x", "Yes"))
    )
    rubric = RubricSpec("crossed", (crossed,))
    assert parse_reply('{"c": "no"}', rubric).levels == (0,)
    assert parse_reply('{"c": "yes"}', rubric).levels == (2,)
    assert parse_reply('{"c": "x"}', rubric).levels == (2,)


def test_levels_with_one_label_are_named_by_their_keys() -> None:
    twins = CriterionSpec("c", "C", Scale.NOMINAL, (LevelSpec("a", "Same"), LevelSpec("b", "same ")))
    rubric = RubricSpec("twins", (twins,))
    assert parse_reply('{"c": "b"}', rubric).levels == (1,)
    assert parse_reply('{"c": "Same"}', rubric).levels is None


def test_rationales_hold_nothing_that_a_database_refuses() -> None:
    text = reply(style={"rationale": "a\x00b\ud800", "level": "Good"})
    assert parse_reply(text, RUBRIC).rationales[2] == "a\ufffdb?"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.sampled_from(["Good", "weak"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["relevance", "validity", "Style", "level", "rationale", "x"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)
pieces = st.one_of(
    st.text(max_size=30),
    json_values.map(json.dumps),
    st.sampled_from([reply(), "{", "}", "```json\n", '{"style": {"level": ', "I cannot", '"\\u0000"', "\ud800"]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(pieces, max_size=6).map("".join))
def test_no_reply_raises_and_every_level_is_one_that_the_reply_names(text: str) -> None:
    parsed = parse_reply(text, RUBRIC)
    assert (parsed.outcome is Outcome.RATED) == (parsed.levels is not None)
    assert len(parsed.rationales) == len(RUBRIC.criteria)
    if parsed.levels is not None:
        RUBRIC.check_levels(parsed.levels)
        told = " ".join(text.casefold().split())
        for criterion, level in zip(RUBRIC.criteria, parsed.levels, strict=True):
            spec = criterion.levels[level]
            assert spec.key.casefold() in told or spec.label.casefold() in told


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["relevance", "validity", "style"]))
def test_a_level_that_is_not_offered_never_becomes_one(stated: str, key: str) -> None:
    criterion = RUBRIC.criteria[RUBRIC.positions[key]]
    offered = {name.casefold() for level in criterion.levels for name in (level.key, level.label)}
    parsed = parse_reply(reply(**{key: {"level": stated + "!"}}), RUBRIC)
    assert (stated + "!").casefold() not in offered
    assert parsed.outcome is Outcome.UNPARSED
