"""What holds for every engine. An engine that is missing here fails the first test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from aiohttp import web

from models_llm.engines import (
    ENGINES,
    Engine,
    FinishReason,
    Message,
    OpenAIHTTPEngine,
    Prompt,
    Sampling,
    ScriptedEngine,
    build_engine,
    loop,
)
from models_llm.engines.openai_http import OpenAIHTTPSettings
from models_llm.errors import EngineError
from tests.models_llm.engines.asking import complete_all
from tests.models_llm.engines.served import chat, served
from tests.models_llm.engines.tiny_model import tiny_transformers_engine, tiny_vllm_engine

echoes = ExitStack()


@pytest.fixture(autouse=True)
def close_servers() -> Iterator[None]:
    with echoes:
        yield


def scripted_echo() -> Engine:
    def reply(prompt: Prompt, generator: np.random.Generator) -> str:
        return prompt.messages[-1].text

    return ScriptedEngine(reply)


def served_echo() -> Engine:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return chat((await request.json())["messages"][-1]["content"])

    server = echoes.enter_context(served(answer))
    engine = OpenAIHTTPEngine(OpenAIHTTPSettings(url=server.url), model="echo")
    echoes.callback(lambda: loop.run(engine.close()))
    return engine


MAKERS: dict[str, Callable[[], Engine]] = {
    "scripted": scripted_echo,
    "openai_http": served_echo,
    "transformers_local": tiny_transformers_engine,
    "vllm_offline": tiny_vllm_engine,
}
every_engine = pytest.mark.parametrize("name", MAKERS)
PROMPTS = [Prompt((Message("system", "s"), Message("user", f"item {number} " * number))) for number in range(1, 8)]
SAMPLING = Sampling(max_tokens=6)


def test_every_engine_is_tested_here() -> None:
    assert set(MAKERS) == set(ENGINES)


@every_engine
def test_there_is_one_completion_for_each_prompt_in_order(name: str) -> None:
    engine = MAKERS[name]()
    together = complete_all(engine, PROMPTS, SAMPLING)
    alone = [complete_all(engine, [prompt], SAMPLING)[0] for prompt in PROMPTS]
    assert [one.text for one in together] == [one.text for one in alone]
    assert len({one.text for one in together}) > 1


@every_engine
def test_no_prompt_gives_no_completion(name: str) -> None:
    assert complete_all(MAKERS[name](), [], SAMPLING) == []


@every_engine
def test_the_same_prompts_get_the_same_completions(name: str) -> None:
    engine = MAKERS[name]()
    first, second = complete_all(engine, PROMPTS, SAMPLING), complete_all(engine, PROMPTS, SAMPLING)
    assert [(one.text, one.finish_reason) for one in first] == [(one.text, one.finish_reason) for one in second]


@every_engine
def test_odd_text_raises_nothing(name: str) -> None:
    odd = ["", "\x00", "\ud800", "👩‍👩‍👧" * 20, "<|im_end|>", "a" * 5000]
    completions = complete_all(MAKERS[name](), [Prompt((Message("user", text),)) for text in odd], SAMPLING)
    assert len(completions) == len(odd)
    assert all(one.finish_reason in FinishReason for one in completions)
    assert all(bool(one.error) == (one.finish_reason is FinishReason.FAILED) for one in completions)


def test_an_unknown_engine_is_refused_by_name() -> None:
    with pytest.raises(EngineError, match="there is no engine “abacus”; there are openai_http, scripted"):
        build_engine("abacus", model="", config={})
