from __future__ import annotations

import asyncio

from models_llm.engines import in_flow, loop
from models_llm.engines.flow import FLOW, Turns


def test_the_loop_and_its_tasks_see_the_flow_of_the_thread_that_asked() -> None:
    async def seen() -> list[str]:
        return [FLOW.get(), *await asyncio.gather(inner())]

    async def inner() -> str:
        return FLOW.get()

    with in_flow("run 7"):
        assert loop.run(seen()) == ["run 7", "run 7"]
    assert loop.run(seen()) == ["", ""]


def test_a_flow_of_few_requests_does_not_wait_for_one_of_many() -> None:
    turns = Turns()
    with in_flow("many"):
        many = [turns.take() for _ in range(100)]
    with in_flow("few"):
        few = [turns.take() for _ in range(2)]
    assert sorted(many + few)[:4] == [many[0], few[0], many[1], few[1]]


def test_a_flow_that_comes_late_has_no_claim_on_what_it_missed() -> None:
    turns = Turns()
    with in_flow("early"):
        for _ in range(50):
            turns.served(turns.take())
        waiting = turns.take()
    with in_flow("late"):
        assert turns.take() == waiting
