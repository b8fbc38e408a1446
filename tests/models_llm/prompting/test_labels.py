from __future__ import annotations

import pytest

from annotations.choices import Scale
from annotations.rubrics import CriterionSpec, LevelSpec, load_rubric
from models_llm.errors import JudgeError
from models_llm.prompting import level_letters


def criterion(*names: str) -> CriterionSpec:
    return CriterionSpec("c", "C", Scale.NOMINAL, tuple(LevelSpec(f"key-{name}", name) for name in names))


def test_levels_have_the_first_letters() -> None:
    assert level_letters(criterion("Excellent", "Good", "Bad")) == ("A", "B", "C")


def test_a_preference_keeps_the_names_of_its_candidates() -> None:
    (preference,) = load_rubric("preference").criteria
    assert [level.key for level in preference.levels] == ["a", "b", "tie"]
    assert level_letters(preference) == ("A", "B", "C")


@pytest.mark.parametrize(
    ("names", "letters"),
    [
        (("B", "A"), ("B", "A")),
        (("good", "b", "a"), ("C", "B", "A")),
        (("good", "A"), ("B", "A")),
        (("A", "C", "neither"), ("A", "C", "B")),
    ],
)
def test_no_letter_is_the_name_of_another_level(names: tuple[str, ...], letters: tuple[str, ...]) -> None:
    assert level_letters(criterion(*names)) == letters


def test_more_levels_than_letters_are_refused() -> None:
    with pytest.raises(JudgeError, match="has 27 levels, more than there are letters"):
        level_letters(criterion(*(f"level {number}" for number in range(27))))
