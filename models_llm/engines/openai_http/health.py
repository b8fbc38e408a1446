"""A look at every server from time to time, while they are in use."""

from __future__ import annotations

import asyncio
from typing import Final

from models_llm.engines.openai_http.endpoint import Endpoint
from models_llm.engines.openai_http.pool import Pool
from models_llm.engines.openai_http.transport import Transport

_PATHS: Final = ("/health", "/v1/models")
_ABSENT: Final = frozenset({404, 405})
_DRAINING: Final = 503


class HealthWatch:
    """Asks each server for `/health`, or `/v1/models` where it has none, or nothing where it has neither.

    A server that answers 503 is draining: it gets no new requests, those on their way end, and when it answers
    otherwise it is back. No answer, or another 5xx, counts as a failure with its breaker. Any other answer lets a
    server be tried that its breaker left alone.
    """

    def __init__(self, pool: Pool, transport: Transport, *, every_s: float) -> None:
        self._pool = pool
        self._transport = transport
        self._every_s = every_s
        self._paths: dict[Endpoint, tuple[str, ...]] = dict.fromkeys(pool.endpoints, _PATHS)
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Watch until the pool is idle."""
        if self._every_s > 0 and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        await asyncio.sleep(0)  # the request that began the use is let out first
        while not self._pool.is_idle:
            await asyncio.gather(*map(self._look, self._pool.endpoints))
            self._pool.changed()
            await asyncio.sleep(self._every_s)

    async def _look(self, endpoint: Endpoint) -> None:
        if not (paths := self._paths[endpoint]):
            return
        answer = await self._transport.status(endpoint.root + paths[0])
        if answer in _ABSENT:
            self._paths[endpoint] = paths[1:]
            await self._look(endpoint)
            return
        endpoint.note_draining(answer == _DRAINING)
        if isinstance(answer, str):
            endpoint.found_ill(answer)
        elif answer < 500:
            endpoint.found_well()
        elif answer != _DRAINING:
            endpoint.found_ill(f"{paths[0]} answered {answer}")
