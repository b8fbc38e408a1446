"""Everything that a pure room calls something on a page is of the list of words that a page says in other languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annotations.choices import Outcome, ProjectKind, RaterKind, Role, Scale, WorkState
from models_llm.bias import CHECKS, Requirement, load_attacks
from models_llm.calibration import reliability_diagram
from models_llm.calibration.applying import NONE_BETTER
from models_llm.cards.spending import NAMES as SPENT
from models_llm.choices import Decision, Flag, JudgeKind, Labels, RunState
from models_llm.datasets import JUDGEMENT_REASONS, REASONS, SHAPES
from models_llm.judging import KINDS
from models_llm.selectors import attack_words
from models_llm.selectors.verdicts import FLAG_WORDS
from models_llm.templatetags.judging import WORDS, mark_words, said, wanted


def shown() -> Iterator[str]:
    for vocabulary in (Outcome, ProjectKind, RaterKind, Role, Scale, Decision, Labels, RunState, WorkState):
        yield from (member.value for member in vocabulary)
    for worded in (JudgeKind, Flag):
        yield from (member.words for member in worded)
    yield from (*FLAG_WORDS.values(), *SPENT.values(), NONE_BETTER)
    yield from (*REASONS.values(), *JUDGEMENT_REASONS.values())
    for shape in SHAPES:
        yield from (shape.title, shape.summary)
    for check in CHECKS.values():
        yield from (check.title, check.about)
    for kind in KINDS.values():
        yield from (kind.title, kind.summary)
        for setting in kind.describe():
            yield from (setting.name.replace("_", " ").capitalize(), setting.help)
            yield from (choice.replace("_", " ") for choice in setting.choices)


def test_every_word_of_a_vocabulary_can_be_said() -> None:
    assert sorted(set(shown()) - WORDS) == []


def test_every_attack_is_of_the_list() -> None:
    assert {attack.kind for attack in load_attacks()} == set(attack_words.KINDS)
    assert {attack.aim for attack in load_attacks()} == set(attack_words.AIMS)


def test_words_that_are_not_of_the_list_stay_as_they_are() -> None:
    assert said("of 3 altered items 2 failed") == "of 3 altered items 2 failed"
    assert said("") == ""


@pytest.mark.parametrize(
    "requirement",
    [Requirement(holds=0.5), Requirement(high=0.05), Requirement(low=0.9), Requirement(low=-0.1, high=0.1)],
)
def test_a_requirement_is_worded_as_it_words_itself(requirement: Requirement) -> None:
    assert wanted(requirement) == str(requirement)
    assert wanted(None) == ""


def test_a_mark_says_its_figures() -> None:
    bins = [{"mean": 0.7, "share": 0.5, "interval": {"low": 0.25, "high": 0.75}, "n": 1200}]
    [mark] = reliability_diagram(title="", bins=bins).marks
    assert mark_words(mark) == "given 0.70 on average, 0.50 right [0.25, 0.75], n = 1,200"
