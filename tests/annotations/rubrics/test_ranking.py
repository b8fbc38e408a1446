from __future__ import annotations

from dataclasses import replace

import pytest

from annotations.errors import RubricError
from annotations.rubrics import Ranking, available_rubrics, load_rubric, read_rubric, write_rubric
from tests.factories import ranking_spec

FOUR = Ranking(n_places=4, has_line=True)
PLACES = """\
name: Order
criteria:
  - key: place
    name: Place
    scale: ordinal
    ranking: yes
    levels:
      - {key: "1", label: First, value: 2, passes: yes}
      - {key: "2", label: Second, value: 1, passes: yes}
      - {key: below, label: Below the line, value: 0, passes: no}
"""


@pytest.mark.parametrize(
    ("chosen", "places"),
    [
        ((0, 1, 2, 3), (0, 1, 2, 3)),
        ((3, 2, 1, 0), (3, 2, 1, 0)),
        ((0, 0, 1), (0, 0, 2)),  # behind two that share the first place comes the third
        ((1, 3, 3), (0, 1, 1)),  # only the order counts
        ((2, 2, 2), (0, 0, 0)),
        ((4, 0, 4, 2), (4, 0, 4, 1)),  # below the line nobody has a place
        ((4, 4), (4, 4)),
    ],
)
def test_places_are_closed_up(chosen: tuple[int, ...], places: tuple[int, ...]) -> None:
    assert FOUR.closed_up(chosen) == places
    assert FOUR.closed_up(places) == places


def test_a_group_may_have_as_many_candidates_as_there_are_places() -> None:
    assert [n for n in range(7) if FOUR.may_rank(n)] == [2, 3, 4]


def test_a_ranking_is_read_and_written() -> None:
    rubric = read_rubric(PLACES, source="order.yaml")

    assert rubric.ranking == Ranking(n_places=2, has_line=True)
    assert read_rubric(write_rubric(rubric), source="again.yaml") == rubric


def test_without_a_level_that_fails_every_level_is_a_place() -> None:
    text = "".join(
        line.replace(", passes: yes", "").replace(", passes: no", "") for line in PLACES.splitlines(keepends=True)
    )

    assert read_rubric(text, source="order.yaml").ranking == Ranking(n_places=3)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("scale: ordinal", "scale: nominal", 5, "ordinal scale, got “nominal”"),
        ("value: 1,", "value: 2,", 8, "falling from the best place on"),
        ("value: 1, ", "", 8, "a value on each level"),
        ("value: 1, passes: yes", "value: 1, passes: no", 8, "the last level fails and all others pass"),
        (
            '      - {key: "2", label: Second, value: 1, passes: yes}\n',
            "",
            8,
            "2 to 10 places to rank candidates by, got 1",
        ),
    ],
)
def test_what_is_no_ranking_is_refused(old: str, new: str, line: int, words: str) -> None:
    assert old in PLACES
    with pytest.raises(RubricError, match=words) as caught:
        read_rubric(PLACES.replace(old, new, 1), source="order.yaml")
    assert f"line {line}" in str(caught.value)


def test_a_ranking_is_the_only_criterion_of_its_rubric() -> None:
    other = """\
  - key: other
    name: Other
    scale: binary
    levels: [{key: a, label: A}, {key: b, label: B}]
"""
    with pytest.raises(RubricError, match="the only criterion of its rubric"):
        read_rubric(PLACES + other, source="order.yaml")


def test_the_template_ranks_up_to_ten() -> None:
    assert "ranking" in available_rubrics()
    assert load_rubric("ranking").ranking == Ranking(n_places=10, has_line=True)


def test_a_rubric_that_does_not_rank_keeps_its_digest() -> None:
    [criterion] = ranking_spec().criteria
    plain = replace(ranking_spec(), criteria=(replace(criterion, is_ranking=False),))

    assert plain.ranking is None
    assert plain.digest != ranking_spec().digest
    # Computed before there were rankings.
    assert load_rubric("preference").digest == "ee13ca6644550632185ae023f3a5ac8732fe7232b2af56c2912cccfff633add9"
