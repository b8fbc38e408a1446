from __future__ import annotations

import asyncio

from models_llm.engines import in_flow, loop
from models_llm.engines.flow import FLOW


def test_the_loop_and_its_tasks_see_the_flow_of_the_thread_that_asked() -> None:
    async def seen() -> list[str]:
        return [FLOW.get(), *await asyncio.gather(inner())]

    async def inner() -> str:
        return FLOW.get()

    with in_flow("run 7"):
        assert loop.run(seen()) == ["run 7", "run 7"]
    assert loop.run(seen()) == ["", ""]
