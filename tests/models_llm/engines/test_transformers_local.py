from __future__ import annotations

import asyncio
import re
import shutil
import sys
from pathlib import Path

import pytest

from models_llm.engines import Engine, Message, Prompt, Sampling, build_engine, in_flow, loop
from models_llm.errors import EngineError, UnusableError
from tests.models_llm.engines.asking import complete_all
from tests.real_models import skip_without

PROMPT = Prompt((Message("user", "item 1"),))
# Nothing that this schema allows is short, so a reply held to it fills its most tokens.
LONG = Prompt((Message("user", "item 2"),), schema={"type": "array", "items": {"const": "word"}, "minItems": 10_000})


def test_without_the_packages_one_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    engine = build_engine("transformers_local", model="any", config={})
    with pytest.raises(UnusableError, match=re.escape("pip install 'judge-platform[transformers]'")):
        complete_all(engine, [PROMPT], Sampling())
    loop.run(engine.close())


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"batch_size": 0}, "batch_size and batch_tokens of a local model are at least 1"),
        ({"batch_tokens": 0}, "batch_size and batch_tokens of a local model are at least 1"),
        ({"dtype": "int8"}, "dtype of a local model is float32, bfloat16, float16 or empty, got “int8”"),
    ],
)
def test_settings_that_cannot_be_are_refused(config: dict[str, object], reason: str) -> None:
    with pytest.raises(EngineError, match=re.escape(reason)):
        build_engine("transformers_local", model="any", config=config)


def test_a_model_that_is_not_there_is_refused_by_name_until_it_is_there(tiny_folder: Path, tmp_path: Path) -> None:
    skip_without("torch", "transformers")
    later = tmp_path / "later"
    engine = build_engine("transformers_local", model=str(later), config={"device": "cpu"})
    for _ in range(2):
        with pytest.raises(UnusableError, match=re.escape(str(later))):
            complete_all(engine, [PROMPT, PROMPT], Sampling())
    shutil.copytree(tiny_folder, later)
    assert [one.error for one in complete_all(engine, [PROMPT, PROMPT], Sampling(max_tokens=2))] == ["", ""]
    loop.run(engine.close())


def test_a_prompt_joins_the_replies_that_are_being_written(tiny_transformers: Engine) -> None:
    async def ask() -> list[str]:
        over: list[str] = []

        async def complete(name: str, prompt: Prompt, max_tokens: int) -> None:
            await tiny_transformers.complete(prompt, Sampling(max_tokens=max_tokens))
            over.append(name)

        long = asyncio.ensure_future(complete("long", LONG, 300))
        for number in range(3):
            await complete(f"short {number}", PROMPT, 2)
        await long
        return over

    assert loop.run(ask()) == ["short 0", "short 1", "short 2", "long"]


def test_a_run_of_few_prompts_does_not_wait_for_one_of_many(tiny_transformers: Engine) -> None:
    over: list[str] = []

    async def ask(name: str, n_prompts: int) -> None:
        async def complete() -> None:
            await tiny_transformers.complete(LONG, Sampling(max_tokens=8))
            over.append(name)

        await asyncio.gather(*(complete() for _ in range(n_prompts)))

    with in_flow("many"):
        many = loop.submit(ask("many", 160))
    with in_flow("few"):
        few = loop.submit(ask("few", 4))
    few.result()
    many.result()
    # 16 are written at a time; the four are among the first that come after those that were begun before them.
    assert max(at for at, name in enumerate(over) if name == "few") < 64


def test_it_works_on_after_it_was_closed(tiny_transformers: Engine) -> None:
    (before,) = complete_all(tiny_transformers, [PROMPT], Sampling(max_tokens=5))
    loop.run(tiny_transformers.close())
    (after,) = complete_all(tiny_transformers, [PROMPT], Sampling(max_tokens=5))
    assert (before.text, before.error) == (after.text, "")
