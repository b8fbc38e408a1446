"""Several judges at once, for a thread that waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from annotations.choices import Outcome
from models_llm.engines import loop
from models_llm.errors import EngineError
from models_llm.judging import ItemVerdict, JudgedItem, stream_together

DEADLINE_S = 30


@dataclass
class Meeting:
    """Where judges wait until all of them have begun: one after the other they would wait in vain."""

    n: int
    all_there: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        self.n -= 1
        if self.n == 0:
            self.all_there.set()
        await asyncio.wait_for(self.all_there.wait(), DEADLINE_S)


@dataclass
class Named:
    """A judge that says its name of every item from the last to the first, once all judges are met."""

    name: str
    meeting: Meeting
    wants_groups: bool = False

    async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        await self.meeting.wait()
        for at in reversed(range(len(items))):
            yield at, ItemVerdict(Outcome.FAILED, error=f"{self.name} of {items[at].context}")


@dataclass
class Broken(Named):
    """One that cannot begin."""

    async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        del items
        await self.meeting.wait()
        raise EngineError("no server")
        yield  # a generator all the same


@dataclass
class Endless(Named):
    """One that never gets to an end; `ended` says that it was ended."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        del items
        try:
            await self.meeting.wait()
            yield 0, ItemVerdict(Outcome.FAILED)
            await asyncio.Event().wait()
        finally:
            self.ended.set()


def items(*names: str) -> list[JudgedItem]:
    return [JudgedItem(name, ()) for name in names]


def test_judges_work_at_once_and_positions_count_on_through_their_items() -> None:
    meeting = Meeting(3)
    parts = [
        (Named("anna", meeting), items("x", "y")),
        (Named("ben", meeting), items("z")),
        (Named("cara", meeting), items("u", "v")),
    ]
    judged = [one for batch in stream_together(parts, most=2, wait_s=0.1) for one in batch]
    assert {at: verdict.error for at, verdict in judged} == {
        0: "anna of x",
        1: "anna of y",
        2: "ben of z",
        3: "cara of u",
        4: "cara of v",
    }
    assert len(judged) == 5


def test_one_that_cannot_begin_ends_the_others() -> None:
    meeting = Meeting(2)
    endless = Endless("anna", meeting)
    with pytest.raises(EngineError, match="no server"):
        list(stream_together([(endless, items("x")), (Broken("ben", meeting), items("y"))], most=1, wait_s=0.1))
    loop.run(asyncio.wait_for(endless.ended.wait(), DEADLINE_S))


def test_whoever_leaves_ends_all_of_them() -> None:
    meeting = Meeting(2)
    judges = [Endless("anna", meeting), Endless("ben", meeting)]
    judging = stream_together([(judge, items("x")) for judge in judges], most=1, wait_s=0.1)
    next(judging)
    judging.close()
    for judge in judges:
        loop.run(asyncio.wait_for(judge.ended.wait(), DEADLINE_S))


def test_nobody_to_judge_is_at_an_end_at_once() -> None:
    assert list(stream_together([], most=1, wait_s=0.1)) == []
