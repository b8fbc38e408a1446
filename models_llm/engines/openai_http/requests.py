"""One request until it is answered: places, attempts, waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from models_llm.engines.openai_http.endpoint import LONGEST_WAIT_S, Endpoint, Place, jittered
from models_llm.engines.openai_http.faults import Fault, Kind, ReplyError
from models_llm.engines.openai_http.health import HealthWatch
from models_llm.engines.openai_http.pool import Pool
from models_llm.engines.openai_http.settings import OpenAIHTTPSettings
from models_llm.engines.openai_http.transport import Transport

T = TypeVar("T")


@dataclass(frozen=True)
class Answered(Generic[T]):
    """How a request ended.

    Attributes:
        value: what was read from the answer; None if there was none, and then `error` says why.
        status: of the last answer; 0 where there was none.
        endpoint: the server that was asked last.
        queue_s, engine_s: time that it waited, and that servers took over it, in all attempts.
    """

    value: T | None
    error: str = ""
    status: int = 0
    endpoint: str = ""
    queue_s: float = 0.0
    engine_s: float = 0.0


class Requests:
    """Sends requests to whichever server has room, and again where that may help."""

    def __init__(self, settings: OpenAIHTTPSettings, *, api_key: str, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._transport = Transport(api_key)
        self._pool = Pool(
            [Endpoint(root, settings, clock=clock) for root in settings.servers],
            outage_s=settings.outage_s,
            clock=clock,
        )
        self._health = HealthWatch(self._pool, self._transport, every_s=settings.health_s)
        self._pool.on_use = self._health.begin

    async def ask(self, path: str, body: bytes, read: Callable[[bytes], T]) -> Answered[T]:
        """The answer to a POST, as `read` reads it; an answer at which it raises ReplyError is a fault of the server.

        What fails says why.

        Raises: OutageError, if no server is there that takes it.
        """
        asking = _Asking(began=self._clock())
        try:
            place = await self._pool.place()
            deadline = self._clock() + self._settings.deadline_s
            while True:
                answer = await self._attempt(asking, place, path, body, read, deadline=deadline)
                if not isinstance(answer, Fault):
                    return self._ended(asking, answer)
                if not self._may_try_again(asking, answer):
                    return self._ended(asking, None, self._reason(asking, answer.error))
                async with asyncio.timeout(max(0.0, deadline - self._clock())):
                    await self._wait(asking, answer)
                    place = await self._pool.place_again(asking.failed_at)
        except TimeoutError:
            return self._ended(asking, None, self._reason(asking, f"{asking.error}; its deadline is over"))

    async def close(self) -> None:
        await self._health.close()
        await self._transport.close()

    async def _attempt(
        self,
        asking: _Asking,
        place: Place,
        path: str,
        body: bytes,
        read: Callable[[bytes], T],
        *,
        deadline: float,
    ) -> T | Fault:
        began = self._clock()
        timeout_s = max(0.001, min(self._settings.timeout_s, deadline - began))
        try:
            content = await self._transport.post(place.endpoint.root + path, body, timeout_s=timeout_s)
            answer = content if isinstance(content, Fault) else self._read(read, content)
        except BaseException:
            self._pool.abandon(place)
            raise
        fault = answer if isinstance(answer, Fault) else None
        self._pool.finish(place, fault)
        asking.engine_s += self._clock() - began
        asking.note(place.endpoint, fault)
        return answer

    def _read(self, read: Callable[[bytes], T], content: bytes) -> T | Fault:
        try:
            return read(content)
        except ReplyError as err:
            # The key is taken out before the text is cut, so that no part of it is left at the cut.
            said = self._transport.redacted(f"{err}, got {content[:1000]!r}")
            return Fault(said[:400], Kind.BROKEN, status=200)

    def _may_try_again(self, asking: _Asking, fault: Fault) -> bool:
        return fault.kind is not Kind.OURS and asking.n_attempts < self._settings.max_attempts

    async def _wait(self, asking: _Asking, fault: Fault) -> None:
        """Before the next attempt. Not for a busy server, which is paused for all, nor where another stands ready."""
        if fault.kind is Kind.BUSY or self._pool.has_other(asking.failed_at):
            return
        wait_s = self._settings.backoff_s * 2 ** max(0, asking.n_attempts - 1)
        if fault.retry_after_s is not None:
            wait_s = fault.retry_after_s
        await asyncio.sleep(jittered(min(wait_s, LONGEST_WAIT_S)))
        asking.failed_at.clear()

    def _reason(self, asking: _Asking, error: str) -> str:
        return f"{error} (attempt {asking.n_attempts} of {self._settings.max_attempts})"

    def _ended(self, asking: _Asking, value: T | None, error: str = "") -> Answered[T]:
        return Answered(
            value,
            error=error,
            status=asking.status,
            endpoint=asking.endpoint,
            queue_s=max(0.0, self._clock() - asking.began - asking.engine_s),
            engine_s=asking.engine_s,
        )


class _Asking:
    """What one request has been through."""

    def __init__(self, *, began: float) -> None:
        self.began = began
        self.engine_s = 0.0
        self.n_attempts = 0
        self.endpoint = ""
        self.status = 0
        self.error = ""
        self.failed_at: set[Endpoint] = set()

    def note(self, endpoint: Endpoint, fault: Fault | None) -> None:
        self.endpoint = endpoint.name
        if fault is None:
            return
        self.error = fault.error
        self.status = fault.status
        if fault.kind is not Kind.BUSY:
            self.failed_at.add(endpoint)
        if fault.kind not in (Kind.BUSY, Kind.AWAY):
            self.n_attempts += 1
