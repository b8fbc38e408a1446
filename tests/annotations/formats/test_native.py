from __future__ import annotations

from typing import Any

import pytest

from annotations.choices import BatchKind, Outcome, RaterKind, Visible
from annotations.formats import GoldRow, ItemRow, JudgementRow, RaterName, Refusal, Row, make_reader
from annotations.rubrics import load_rubric

TAG = load_rubric("tag")  # relevance, consistency, specificity, validity; the passing level comes first
ITEM: dict[str, Any] = {"id": "i1", "candidate": {"tag": "star map"}}
JUDGEMENT: dict[str, Any] = {"rater": "j", "kind": "judge", "levels": {"relevance": "relevance"}}


def read(fields: dict[str, Any], kind: BatchKind = BatchKind.ITEMS) -> Any:
    return make_reader(kind=kind, mapping="", source="", rubric=TAG).read(Row(7, fields))


def test_an_item_may_come_with_its_judgements() -> None:
    row = read(
        {
            "id": 12,
            "context": {"interests": ["astronomy"]},
            "candidates": [{"text": "right", "by": "m"}],
            "group": 3,
            "slices": {"language": "en", "tier": 2, "none": None},
            "judgements": [
                {
                    "rater": "judge-a",
                    "kind": "judge",
                    "levels": {"validity": 0, "relevance": "relevance", "specificity": None},
                    "scores": {"validity": 0.2},
                    "rationale": "No such product.",
                    "rationales": {"validity": "made up"},
                    "seconds": 1.5,
                    "visible": "blind",
                },
                {"rater": "anna", "kind": "person", "outcome": "refused"},
            ],
        }
    )
    assert isinstance(row, ItemRow)
    assert row[:6] == (
        7,
        "12",
        {"interests": ["astronomy"]},
        [{"text": "right", "by": "m"}],
        {"language": "en", "tier": "2"},
        "3",
    )
    first, second = row.judgements
    assert first.rater == RaterName(RaterKind.JUDGE, "judge-a")
    assert first.levels == (0, None, None, 1)
    assert first.scores == (None, None, None, 0.2)
    assert (first.rationale, first.rationales) == ("No such product.", ("", "", "", "made up"))
    assert (first.seconds, first.visible, first.outcome) == (1.5, Visible.BLIND, Outcome.RATED)
    assert (second.rater.kind, second.outcome, second.levels) == (RaterKind.PERSON, Outcome.REFUSED, (None,) * 4)


def test_distributions_stand_in_the_order_of_criteria_and_levels() -> None:
    shares: dict[str, dict[str, float]] = {
        "relevance": {"relevance": 0.75, "weak_relevance": 0.25},
        "specificity": {"low_specificity": 0.5, "specificity": 0.5},
        "consistency": {"consistency": 1, "low_consistency": 0},
        "validity": {"invalid_tag": 1.0},
    }
    row = read({**ITEM, "judgements": [{**JUDGEMENT, "distributions": shares}]})
    assert row.judgements[0].distributions == (0.75, 0.25, 1, 0, 0.5, 0.5, 0, 1)


def test_a_preference_is_between_two_candidates() -> None:
    reader = make_reader(kind=BatchKind.ITEMS, mapping="", source="", rubric=load_rubric("preference"))

    pair = reader.read(Row(1, {"id": "p", "candidates": ["left", {"text": "right"}]}))
    assert isinstance(pair, ItemRow)
    assert pair.candidates == [{"text": "left"}, {"text": "right"}]
    for row in ({"id": "p", "candidate": "left"}, {"id": "p", "candidates": ["a", "b", "c"]}):
        refusal = reader.read(Row(2, row))
        assert isinstance(refusal, Refusal)
        assert refusal.code == "candidate_count"


def test_judgements_and_gold_name_their_item() -> None:
    judgement = read({"item": "i1", **JUDGEMENT}, BatchKind.JUDGEMENTS)
    gold = read({"item": "i1", "levels": {"validity": "invalid_tag"}}, BatchKind.GOLD)

    assert isinstance(judgement, JudgementRow)
    assert (judgement.external_id, judgement.judgement.levels) == ("i1", (0, None, None, None))
    assert gold == GoldRow(7, "i1", (None, None, None, 1))


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"id": None}, "field_missing", "“id”"),
        ({"id": ""}, "name_length", "1 to 200 characters in the id, got 0"),
        ({"id": "x" * 201}, "name_length", "got 201"),
        ({"id": "a\nb"}, "name_unprintable", "line breaks"),
        ({"id": True}, "field_missing", "“id”"),
        ({"candidate": None}, "candidate_missing", "a text or an object"),
        ({"candidate": {}}, "candidate_missing", "a text or an object"),
        ({"candidate": ""}, "candidate_missing", "a text or an object"),
        ({"candidates": ["a"]}, "candidate_missing", "either"),
        ({"context": ["a"]}, "wrong_type", "an object in “context”"),
        ({"candidate": ..., "candidates": ["a", "b"]}, "candidate_count", "expected 1 under rubric “Tag”, got 2"),
        ({"candidate": ..., "candidates": []}, "candidate_count", "got 0"),
        ({"slice": {}}, "field_unknown", "slice"),
        ({"slices": {"a": [1]}}, "field_missing", "“slices.a”"),
        ({"judgements": JUDGEMENT}, "wrong_type", "a list in “judgements”"),
        ({"judgements": ["x"]}, "wrong_type", "objects in “judgements”"),
        ({"judgements": [JUDGEMENT, JUDGEMENT]}, "duplicate_judgement", "one judgement by each rater"),
    ],
)
def test_a_bad_item_is_refused_with_its_row(change: dict[str, Any], code: str, words: str) -> None:
    refusal = read({name: value for name, value in {**ITEM, **change}.items() if value is not ...})

    assert isinstance(refusal, Refusal)
    assert (refusal.number, refusal.code) == (7, code)
    assert words in refusal.message
    assert refusal.content


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"rater": None}, "field_missing", "“rater”"),
        ({"rater": ["a"]}, "field_missing", "“rater”"),
        ({"kind": None}, "value_unknown", "person, people, judge"),
        ({"kind": "robot"}, "value_unknown", "robot"),
        ({"levels": {"relevance": "good"}}, "value_unknown", "expected one of relevance, weak_relevance"),
        ({"levels": {"relevance": 2}}, "value_unknown", "got “2”"),
        ({"levels": {"taste": "good"}}, "criterion_unknown", "got “taste”"),
        ({"levels": {"relevance": [1]}}, "value_unknown", "list"),
        ({"levels": ["relevance"]}, "wrong_type", "an object in “levels”"),
        ({"levels": {}}, "outcome_mismatch", "got none with “rated”"),
        ({"outcome": "refused"}, "outcome_mismatch", "got some with “refused”"),
        ({"outcome": "perfect"}, "value_unknown", "rated, unparsed"),
        ({"scores": {"relevance": "high"}}, "wrong_type", "a number"),
        ({"scores": {"taste": 1}}, "criterion_unknown", "got “taste”"),
        ({"distributions": {"relevance": {"relevance": 0.5}}}, "distribution_invalid", "sum to 1"),
        ({"seconds": -1}, "value_unknown", "0 or more"),
        ({"rationale": "a\x00b"}, "nul_character", "NUL"),
        ({"verdict": "ok"}, "field_unknown", "verdict"),
    ],
)
def test_a_bad_judgement_is_refused_with_its_row(change: dict[str, Any], code: str, words: str) -> None:
    refusal = read({"item": "i1", **JUDGEMENT, **change}, BatchKind.JUDGEMENTS)

    assert isinstance(refusal, Refusal)
    assert (refusal.number, refusal.code) == (7, code)
    assert words in refusal.message


def test_a_remembered_pattern_of_levels_is_not_confused_with_an_equal_one() -> None:
    reader = make_reader(kind=BatchKind.JUDGEMENTS, mapping="", source="", rubric=TAG)

    def levels(raw: object) -> object:
        row: Any = reader.read(Row(1, {"item": "i", "rater": "j", "kind": "judge", "levels": {"relevance": raw}}))
        return row.judgement.levels[0] if isinstance(row, JudgementRow) else row.code

    assert [levels(raw) for raw in (1, True, 1.0, "1", 0, False)] == [0, "value_unknown", 0, 0, 1, "value_unknown"]


def test_levels_given_as_null_are_counted() -> None:
    reader = make_reader(kind=BatchKind.JUDGEMENTS, mapping="", source="", rubric=TAG)
    fields = {"item": "i", **JUDGEMENT, "levels": {"relevance": "relevance", "validity": None}}
    for number in (1, 2):
        reader.read(Row(number, fields))
    assert reader.unmapped == {"missing value": 2}
