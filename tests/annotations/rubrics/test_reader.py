from __future__ import annotations

import pytest

from annotations.choices import Scale
from annotations.errors import RubricError
from annotations.rubrics import read_rubric

GOOD = """\
name: Dish
criteria:
  - key: taste
    name: Taste
    scale: ordinal
    definition: How does it taste?
    levels:
      - {key: no, label: Bad, value: 0, passes: no}
      - {key: good, label: Good, value: 1, passes: yes, description: One would order it again.}
      - {key: "2", label: Very good, value: 2.5, passes: yes}
  - key: side
    name: Better side
    scale: preference
    levels:
      - {key: a, label: A}
      - {key: b, label: B}
"""


def test_a_rubric_is_read_as_written() -> None:
    rubric = read_rubric(GOOD, source="dish.yaml")

    assert rubric.name == "Dish"
    assert [criterion.key for criterion in rubric.criteria] == ["taste", "side"]
    taste = rubric.criteria[0]
    assert taste.scale is Scale.ORDINAL
    assert [level.key for level in taste.levels] == ["no", "good", "2"]
    assert taste.values == (0.0, 1.0, 2.5)
    assert [level.passes for level in taste.levels] == [False, True, True]
    assert taste.levels[1].description == "One would order it again."
    assert [level.passes for level in rubric.criteria[1].levels] == [None, None]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("name: Dish\n", "", 1, "“name” is missing"),
        ("scale: ordinal", "scale: ordinall", 5, "got “ordinall”"),
        ("label: Good, ", "", 9, "“label” is missing"),
        ("value: 2.5", "value: much", 10, "expected a number, got “much”"),
        ("value: 2.5", "value: .nan", 10, "expected a number"),
        ("value: 2.5", "value: nan", 10, "expected a finite number"),
        ("value: 2.5", "value: 0.5", 8, "rise or fall"),
        (", value: 2.5", "", 8, "on each of the 3 levels or on none, got 2"),
        ("passes: no}", "passes: yes}", 8, "only passes"),
        ("passes: no}", "passes: maybe}", 8, "expected yes or no, got “maybe”"),
        ("passes: no}", "passes: no, colour: red}", 8, "“colour” is unknown here"),
        ("key: good", "key: no", 9, "level “no” stands here a second time; first on line 8"),
        ("key: side", "key: taste", 11, "criterion “taste” stands here a second time; first on line 3"),
        ("key: side", "key: the side", 11, "expected a key"),
        ("{key: a, label: A}", "{key: a, label: A, passes: yes}", 15, "no level of a preference"),
        ("      - {key: b, label: B}\n", "", 15, "at least two levels"),
        ("scale: ordinal", "scale: binary", 8, "a binary criterion has two levels, got 3"),
        (
            "scale: ordinal",
            "scale: ordinal\n    scale: binary",
            6,
            "stands here a second time; first on line 5",
        ),
        ("How does it taste?", "@taste", 6, "no valid YAML"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    with pytest.raises(RubricError, match=rf"^dish\.yaml, line {line}\b") as caught:
        read_rubric(GOOD.replace(old, new, 1), source="dish.yaml")

    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "- a list\n", "a text"])
def test_what_is_no_rubric_is_refused(text: str) -> None:
    with pytest.raises(RubricError, match=r"dish\.yaml, line 1"):
        read_rubric(text, source="dish.yaml")


def test_aliases_are_refused_before_they_unfold() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    with pytest.raises(RubricError, match=r"line 2: aliases"):
        read_rubric(bomb, source="bomb.yaml")
