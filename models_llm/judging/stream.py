"""Judging for a thread that waits: verdicts come over from the loop as they are ready."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import Generator, Sequence

from models_llm.engines import loop
from models_llm.judging.protocol import ItemVerdict, Judge, JudgedItem

Judged = tuple[int, ItemVerdict]


def judge_all(judge: Judge, items: Sequence[JudgedItem]) -> list[ItemVerdict]:
    """One verdict for each item that is asked, in order, when all of them are there."""

    async def collect() -> dict[int, ItemVerdict]:
        return {at: verdict async for at, verdict in judge.judge(items)}

    verdicts = loop.run(collect())
    return [verdicts[at] for at, item in enumerate(items) if item.is_asked]


def stream(
    judge: Judge, items: Sequence[JudgedItem], *, most: int, wait_s: float
) -> Generator[list[Judged], None, None]:
    """Verdicts with their items' positions, in lists of at most `most`, none held back for longer than `wait_s`.

    Leaving the iterator ends the judging of what is left.

    Raises: EngineError or MissingExtraError, if the judge cannot begin; UnansweredError, after all that
        was judged before it.
    """
    return stream_together([(judge, items)], most=most, wait_s=wait_s)


def stream_together(
    parts: Sequence[tuple[Judge, Sequence[JudgedItem]]], *, most: int, wait_s: float
) -> Generator[list[Judged], None, None]:
    """As `stream`, of several judges at once: where one is at its last items the next keep the engine busy.

    Positions count on through the items of all parts.

    Raises: as `stream`, for the first judge that cannot begin.
    """
    ready: queue.SimpleQueue[Judged | BaseException | None] = queue.SimpleQueue()

    async def pump(judge: Judge, items: Sequence[JudgedItem], first: int) -> None:
        async for at, verdict in judge.judge(items):
            ready.put((first + at, verdict))

    async def pump_all() -> None:
        pumps, first = [], 0
        for judge, items in parts:
            pumps.append(asyncio.ensure_future(pump(judge, items, first)))
            first += len(items)
        try:
            await asyncio.gather(*pumps)
        except BaseException as err:
            ready.put(err)
            raise
        finally:
            for one in pumps:
                one.cancel()
        ready.put(None)

    judging = loop.submit(pump_all())
    try:
        while batch := _next_batch(ready, most, wait_s):
            yield batch
    finally:
        judging.cancel()


def _next_batch(ready: queue.SimpleQueue[Judged | BaseException | None], most: int, wait_s: float) -> list[Judged]:
    """What is ready, waiting for the first as long as it takes; empty at the end."""
    batch: list[Judged] = []
    until = float("inf")
    while len(batch) < most:
        try:
            got = ready.get(timeout=None if not batch else max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        if got is None or isinstance(got, BaseException):
            if batch:
                ready.put(got)  # for the next call: what is judged is given out first
                break
            if got is None:
                break
            raise got
        if not batch:
            until = time.monotonic() + wait_s
        batch.append(got)
    return batch
