from __future__ import annotations

from typing import Any

import pytest

from annotations.choices import BatchKind, Outcome, RaterKind, Visible
from annotations.errors import MappingError
from annotations.formats import GoldRow, ItemRow, JudgementRow, RaterName, RatingRow, Refusal, Row, Skipped, make_reader
from annotations.rubrics import load_rubric, read_rubric

RUBRIC = read_rubric(
    """\
name: Dish
criteria:
  - key: taste
    name: Taste
    scale: ordinal
    levels: [{key: bad, label: Bad, value: 0}, {key: fair, label: Fair, value: 1}, {key: good, label: Good, value: 2}]
  - key: hot
    name: Hot
    scale: binary
    levels: [{key: "no", label: No}, {key: "yes", label: Yes}]
""",
    source="dish.yaml",
)

ITEMS = """\
kind: items
where: {sort: [dish, "2"]}
id: {template: "{house}/{number}"}
context: rest
candidates:
  - {name: title, by: {constant: the cook}}
group: house
slices: {town: city, course: {field: course, default: main}}
judgement:
  rater: {constant: guide}
  rater_kind: people
  wide: {taste: stars, hot: spicy}
  values: {levels: {"true": "yes", "false": "no"}, nearest: yes}
"""

LONG = """\
kind: judgements
item: id
rater: who
rater_kind: {field: type, values: {human: person, llm: judge}}
criterion: what
value: mark
values: {levels: {"ok": fair}, outcomes: {garbage: unparsed}, missing: ["9"], nearest: yes}
rationale: why
visible: blind
"""

LABELS = """\
kind: judgements
item: id
rater: {constant: labels}
rater_kind: people
labels: {field: tags, present: "yes", absent: "no"}
"""


def reader(text: str, kind: BatchKind, rubric: Any = RUBRIC) -> Any:
    return make_reader(kind=kind, mapping=text, source="map.yaml", rubric=rubric)


def item_fields(**change: Any) -> dict[str, Any]:
    fields = {
        "sort": "dish", "house": "Lion", "number": 4, "title": "Soup", "city": "Bern", "stars": 1.4, "spicy": True,
        "price": 12.5,
    }  # fmt: skip
    return {**fields, **change}


def test_an_item_is_put_together_by_its_mapping() -> None:
    row = reader(ITEMS, BatchKind.ITEMS).read(Row(3, item_fields()))

    assert isinstance(row, ItemRow)
    assert row.external_id == "Lion/4"
    assert row.context == {"price": 12.5}
    assert row.candidates == [{"name": "Soup", "by": "the cook"}]
    assert row.slices == {"town": "Bern", "course": "main"}
    assert row.group == "Lion"
    (judgement,) = row.judgements
    assert judgement.rater == RaterName(RaterKind.PEOPLE, "guide")
    assert judgement.levels == (1, 1)
    assert judgement.scores == (1.4, None)


def test_rows_that_are_not_meant_are_skipped() -> None:
    read = reader(ITEMS, BatchKind.ITEMS).read
    assert read(Row(3, item_fields(sort="drink"))) == Skipped(3)
    assert isinstance(read(Row(4, item_fields(sort=2))), ItemRow)
    assert read(Row(5, item_fields(sort=None))) == Skipped(5)


def test_an_item_that_nobody_rated_comes_without_a_judgement() -> None:
    row = reader(ITEMS, BatchKind.ITEMS).read(Row(3, item_fields(stars=None, spicy="")))
    assert isinstance(row, ItemRow)
    assert row.judgements == ()


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"number": None}, "field_missing", "“number”"),
        ({"number": [1]}, "field_missing", "“number”"),
        ({"stars": "many"}, "value_unknown", "got “many”"),
        ({"spicy": 3}, "value_unknown", "“hot”"),
        ({"house": "x" * 300}, "name_length", "200"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(change: dict[str, Any], code: str, words: str) -> None:
    refusal = reader(ITEMS, BatchKind.ITEMS).read(Row(3, item_fields(**change)))

    assert isinstance(refusal, Refusal)
    assert (refusal.number, refusal.code) == (3, code)
    assert words in refusal.message


def test_a_candidate_without_any_field_is_refused() -> None:
    mapping = "kind: items\nid: id\ncandidates: [left, right]\n"
    read = reader(mapping, BatchKind.ITEMS, load_rubric("preference")).read
    refusal = read(Row(1, {"id": 1, "left": "a"}))
    assert isinstance(refusal, Refusal)
    assert "left, right" in refusal.message


def long_fields(**change: Any) -> dict[str, Any]:
    return {"id": "d1", "who": "anna", "type": "human", "what": "taste", "mark": "2", "why": "salty", **change}


def test_long_form_gives_one_rating_a_row() -> None:
    read = reader(LONG, BatchKind.JUDGEMENTS).read

    assert read(Row(2, long_fields())) == RatingRow(
        2, "d1", RaterName(RaterKind.PERSON, "anna"), 0, 2, 2.0, True, Outcome.RATED, "salty", Visible.BLIND
    )
    real = read(Row(3, long_fields(type="llm", mark="0.6")))
    assert (real.rater.kind, real.level, real.score, real.is_exact) == (RaterKind.JUDGE, 1, 0.6, False)
    assert read(Row(4, long_fields(mark="ok"))).level == 1
    assert read(Row(5, long_fields(mark="garbage"))).outcome is Outcome.UNPARSED


def test_values_without_a_level_are_counted_by_reason() -> None:
    long = reader(LONG, BatchKind.JUDGEMENTS)

    assert long.read(Row(2, long_fields(mark="9"))) == Skipped(2)
    assert long.read(Row(3, long_fields(mark=""))) == Skipped(3)
    off = long.read(Row(4, long_fields(mark="-1")))

    assert (off.level, off.score, off.outcome) == (None, -1.0, Outcome.RATED)
    assert long.unmapped == {"missing value": 2, "score off the scale": 1}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"what": "smell"}, "criterion_unknown", "expected one of taste, hot, got “smell”"),
        ({"type": "robot"}, "value_unknown", "expected a rater kind of human, llm, got “robot”"),
        ({"who": ""}, "field_missing", "“who”"),
        ({"mark": "tasty"}, "value_unknown", "expected one of bad, fair, good, ok, garbage, 9 for “taste”"),
    ],
)
def test_a_rating_that_does_not_fit_is_refused(change: dict[str, Any], code: str, words: str) -> None:
    refusal = reader(LONG, BatchKind.JUDGEMENTS).read(Row(9, long_fields(**change)))

    assert isinstance(refusal, Refusal)
    assert (refusal.number, refusal.code) == (9, code)
    assert words in refusal.message


def test_labels_are_present_and_all_other_criteria_absent() -> None:
    levels = "scale: binary, levels: [{key: 'yes', label: Y}, {key: 'no', label: N}]"
    criteria = "".join(f"  - {{key: {key}, name: {key}, {levels}}}\n" for key in ("a", "b", "c"))
    tags = read_rubric(f"name: T\ncriteria:\n{criteria}", source="t.yaml")
    read = reader(LABELS, BatchKind.JUDGEMENTS, tags).read

    row = read(Row(1, {"id": "x", "tags": ["c", "a"]}))
    assert isinstance(row, JudgementRow)
    assert row.judgement.levels == (0, 1, 0)
    assert read(Row(2, {"id": "x", "tags": []})).judgement.levels == (1, 1, 1)
    assert read(Row(3, {"id": "x", "tags": ["d"]})).code == "criterion_unknown"
    assert read(Row(4, {"id": "x", "tags": "a"})).code == "field_missing"


def test_gold_is_read_in_wide_form() -> None:
    read = reader("kind: gold\nitem: id\nwide: {taste: t, hot: h}\n", BatchKind.GOLD).read
    assert read(Row(1, {"id": "x", "t": "good", "h": ""})) == GoldRow(1, "x", (2, None))
    assert read(Row(2, {"id": "x", "t": "", "h": None})) == Skipped(2)


@pytest.mark.parametrize(
    ("text", "old", "new", "line", "words"),
    [
        (ITEMS, "kind: items", "kind: thing", 1, "expected one of items, judgements, gold"),
        (ITEMS, 'id: {template: "{house}/{number}"}\n', "", 1, "“id” is missing"),
        (ITEMS, "{house}/{number}", "{house.x}", 3, "only field names in braces"),
        (ITEMS, "{house}/{number}", "{house", 3, "field names in braces"),
        (ITEMS, "{constant: the cook}", "{fixed: the cook}", 6, "“fixed” is unknown here"),
        (ITEMS, "{constant: the cook}", "{constant: a, field: b}", 6, "or one of “field”"),
        (ITEMS, "  - {name: title", "  - a\n  - b\n  - {name: title", 6, "an item has 1, got 3"),
        (ITEMS, "taste: stars", "smell: stars", 12, "the rubric has taste, hot; got “smell”"),
        (ITEMS, '"true": "yes"', '"true": maybe', 13, "got “maybe”"),
        (ITEMS, "people", "crowd", 11, "expected one of person, people, judge"),
        (ITEMS, "  wide: {taste: stars, hot: spicy}", "  criterion: a\n  value: b", 12, "“wide” or “labels” form"),
        (LONG, "value: mark\n", "", 1, "in one form"),
        (LONG, "value: mark", "value: mark\nwide: {taste: t}", 1, "in one form"),
        (LONG, "criterion: what", "criterion: {constant: smell}", 5, "got “smell”"),
        (LONG, "garbage: unparsed", "garbage: rated", 7, "got “rated”"),
        (LONG, "visible: blind", "visible: half", 9, "got “half”"),
        (LONG, "visible: blind", "judges: {gpt: {revision: a}}", 9, "“model” is missing"),
        (LONG, "visible: blind", f"judges: {{gpt: {{model: {'m' * 201}}}}}", 9, "characters in a name, got 201"),
        (LABELS, 'present: "yes"', 'present: "yes", other: x', 5, "“other” is unknown here"),
        (LABELS, 'absent: "no"', 'absent: "never"', 5, "the rubric has bad, fair, good"),
    ],
)  # fmt: skip
def test_a_fault_in_a_mapping_is_named_with_its_line(text: str, old: str, new: str, line: int, words: str) -> None:
    assert old in text
    kind = BatchKind.ITEMS if text is ITEMS else BatchKind.JUDGEMENTS
    with pytest.raises(MappingError, match=rf"^map\.yaml, line {line}\b") as caught:
        reader(text.replace(old, new, 1), kind)
    assert words in str(caught.value)


def test_a_mapping_of_another_kind_is_refused() -> None:
    with pytest.raises(MappingError, match="expected a mapping of kind “gold”, got one of “items”"):
        reader(ITEMS, BatchKind.GOLD)


def test_ratings_beside_an_item_cannot_be_reasons_alone() -> None:
    text = "kind: items\nid: id\ncandidates: [title]\njudgement: {rater: who, rater_kind: judge, rationale: why}\n"
    with pytest.raises(MappingError, match="expected ratings beside an item"):
        make_reader(kind=BatchKind.ITEMS, mapping=text, source="m.yaml", rubric=RUBRIC)
