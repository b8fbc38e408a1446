from __future__ import annotations

import sys

import pytest

from models_llm.engines import FinishReason, Message, Prompt, Sampling, build_engine
from models_llm.errors import EngineError
from tests.models_llm.engines.asking import complete_all
from tests.models_llm.engines.tiny_model import skip_without_transformers, tiny_transformers_engine

PROMPT = Prompt((Message("user", "item 1"),))


def test_without_the_packages_one_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    engine = build_engine("transformers_local", model="any", config={})
    (completion,) = complete_all(engine, [PROMPT], Sampling())
    assert completion.finish_reason is FinishReason.FAILED
    assert "pip install 'judge-platform[transformers]'" in completion.error


def test_a_reply_without_an_end_token_is_cut_off_at_the_limit() -> None:
    (completion,) = complete_all(tiny_transformers_engine(), [PROMPT], Sampling(max_tokens=1))
    assert completion.usage.completion_tokens == 1
    assert completion.usage.prompt_tokens == 2
    # One token that is no end token leaves the reply unfinished.
    assert completion.finish_reason is (FinishReason.LENGTH if completion.text else FinishReason.STOP)


def test_a_prompt_over_the_limit_fails_alone() -> None:
    long = Prompt((Message("user", "item " * 201),))
    failed, good = complete_all(tiny_transformers_engine(), [long, PROMPT], Sampling(max_tokens=3))
    assert failed.finish_reason is FinishReason.FAILED
    assert failed.error == "the prompt has 201 tokens and max_prompt_tokens is 200"
    assert good.finish_reason is not FinishReason.FAILED


def test_drawn_replies_repeat_with_their_seed() -> None:
    engine = tiny_transformers_engine()

    def drawn(seed: int) -> list[str]:
        sampling = Sampling(temperature=1.0, max_tokens=20, seed=seed)
        return [one.text for one in complete_all(engine, [PROMPT] * 3, sampling)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_a_model_that_is_not_there_is_named() -> None:
    skip_without_transformers()
    engine = build_engine("transformers_local", model="/nowhere/at-all", config={"device": "cpu"})
    with pytest.raises(EngineError, match="/nowhere/at-all"):
        complete_all(engine, [PROMPT], Sampling())
