"""Real engines of one tiny model, loaded once a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_platform.bench.vllm_server import MODEL_NAME
from models_llm.engines import Engine, build_engine, loop
from tests.models_llm.engines.reference import Reference
from tests.models_llm.engines.tiny_model import tiny_transformers_engine, tiny_vllm_engine


@pytest.fixture(scope="session")
def reference(tiny_folder: Path) -> Reference:
    return Reference(tiny_folder)


@pytest.fixture(scope="session")
def tiny_transformers() -> Engine:
    return tiny_transformers_engine()


@pytest.fixture(scope="session")
def tiny_vllm() -> Engine:
    return tiny_vllm_engine()


@pytest.fixture(scope="session")
def tiny_served(vllm_url: str) -> Iterator[Engine]:
    engine = build_engine("openai_http", model=MODEL_NAME, config={"url": vllm_url})
    yield engine
    loop.run(engine.close())


@pytest.fixture(scope="session", autouse=True)
def close_engines_that_were_used() -> Iterator[None]:
    yield
    for maker in (tiny_transformers_engine, tiny_vllm_engine):
        if maker.cache_info().currsize:
            loop.run(maker().close())
