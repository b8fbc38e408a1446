"""Sentences with values, and how a page says them in another language."""

from __future__ import annotations

import pickle

import pytest
from django.utils import translation

from annotations.agreement.metrics import METRICS
from annotations.agreement.text import FIGURE_NAMES
from annotations.allocation import PolicySettings
from annotations.errors import GoldError, PolicyError, RubricError
from annotations.rubrics import read_rubric
from annotations.sentences import Sentence, joined, said_by, sentence
from annotations.templatetags.vocabulary import WORDS
from annotations.wording import say, say_stored, say_whole


def got_nothing() -> str:
    return sentence("expected a list, got %(came)s", came=sentence("nothing"))


def test_a_sentence_is_its_english_text() -> None:
    said = sentence("“%(key)s” is missing", key="name")
    assert said == "“name” is missing"
    assert f"{said}." == "“name” is missing."
    assert type(str(GoldError(said))) is str


def test_a_percent_sign_stands_without_values() -> None:
    assert sentence("100 % of them") == "100 % of them"


def test_a_sentence_goes_through_a_pickle_whole() -> None:
    again = pickle.loads(pickle.dumps(got_nothing()))  # noqa: S301
    assert isinstance(again, Sentence)
    assert (again, again.message) == ("expected a list, got nothing", "expected a list, got %(came)s")
    assert isinstance(again.values["came"], Sentence)


def test_values_are_kept_as_texts_of_their_time() -> None:
    came = [1]
    said = sentence("expected a list, got %(came)s", came=came)
    came.append(2)
    assert isinstance(said, Sentence)
    assert said.values == {"came": "[1]"}


def test_an_error_gives_its_sentence_back() -> None:
    assert isinstance(said_by(GoldError(got_nothing())), Sentence)
    assert said_by(ValueError("no number")) == "no number"
    assert said_by(ValueError()) == ""


def test_sentences_are_joined_with_semicolons() -> None:
    assert joined(["a", "b", "c"]) == "a; b; c"
    assert (joined(["a"]), joined([])) == ("a", "")


def test_a_page_says_a_sentence_in_the_readers_language() -> None:
    with translation.override("zh-hans"):
        assert say(got_nothing()) == "应为列表，实际为空"
        assert say(GoldError(got_nothing())) == "应为列表，实际为空"
        assert say_whole(got_nothing()) == "应为列表，实际为空。"
    with translation.override("en"):
        assert say(got_nothing()) == "expected a list, got nothing"
        assert say("") == ""


def test_an_error_inside_a_sentence_is_said_too() -> None:
    outer = sentence("example %(number)s: %(fault)s", number=2, fault=GoldError(got_nothing()))
    with translation.override("zh-hans"):
        assert say(outer) == "示例 2：应为列表，实际为空"


def test_a_refused_setting_is_said_without_its_name() -> None:
    with pytest.raises(PolicyError, match=r"^overlap: expected 1 to 50, got 99$") as refused:
        PolicySettings(overlap=99)
    with translation.override("zh-hans"):
        assert say(refused.value.fault) == "要求：1 到 50；实际：99"


def test_a_fault_of_a_document_is_said_with_its_line() -> None:
    with pytest.raises(RubricError) as refused:
        read_rubric("name: x\ncriteria: y", source="mine.yaml")
    assert str(refused.value) == "mine.yaml, line 2 (criteria): expected a list, got “y”"
    with translation.override("zh-hans"):
        assert say(refused.value) == "mine.yaml 第 2 行（criteria）：应为列表，实际为“y”"


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (
            "mine.yaml, line 2 (criteria): expected a list, got “y”",
            "mine.yaml 第 2 行（criteria）：应为列表，实际为“y”",
        ),
        ("expected “kind” to be one of a, b, got c", "“kind”应为 a, b 之一，实际为 c"),
        ("no gold in use", "没有在用的金标"),
        (
            (
                "its budget of 10 tokens is spent: it used 12; its budget of 5.00 is spent: it cost 6.00. "
                "Raise it, then resume the run"
            ),
            "10 个 token 的预算已用完：已用 12；5.00 的预算已用完：已花费 6.00。提高预算后再继续运行",
        ),
        ("Validity: no level given; Relevance: 1 A, 1 B", "Validity：没有给出等级；Relevance: 1 A, 1 B"),
        ("Internal Server Error", "Internal Server Error"),
        ("", ""),
    ],
)
def test_a_stored_sentence_is_known_again_by_its_message(stored: str, said: str) -> None:
    with translation.override("zh-hans"):
        assert say_stored(stored) == said
    with translation.override("en"):
        assert say_stored(stored) == stored


def test_a_single_word_inside_a_stored_sentence_may_be_somebodys_and_stays() -> None:
    with translation.override("zh-hans"):
        assert say_stored("“overlap” is missing") == "缺少“overlap”"
        assert say_stored("“items” is missing") == "缺少“items”"


def test_a_text_too_long_for_a_sentence_stays_as_it_is() -> None:
    text = f"“{'x' * 1_000}” is missing"
    with translation.override("zh-hans"):
        assert say_stored(text) == text


def test_every_name_of_a_statistic_is_of_the_vocabulary() -> None:
    names = {metric.label for metric in METRICS} | set(FIGURE_NAMES.values())
    assert sorted(name for name in names - set(WORDS) if not name.startswith("ICC(")) == []
