from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from models_llm.engines import OpenAIHTTPEngine, loop
from models_llm.engines.openai_http import OpenAIHTTPSettings
from tests.models_llm.engines.served import Served

KEY = "sk-very-secret"

MakeEngine = Callable[..., OpenAIHTTPEngine]


@pytest.fixture
def engine_of() -> Iterator[MakeEngine]:
    """Makes engines on given servers, which wait next to nothing between attempts; closed at the end."""
    engines = []

    def make(*servers: Served | str, **settings: Any) -> OpenAIHTTPEngine:
        urls = tuple(server if isinstance(server, str) else server.url for server in servers)
        given: dict[str, Any] = {"urls": urls, "backoff_s": 0.001, "health_s": 0.0} | settings
        engine = OpenAIHTTPEngine(OpenAIHTTPSettings(**given), model="judge-1", api_key=KEY)
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        loop.run(engine.close())
