"""The servers of one model, and who is let out to them next."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from annotations.sentences import joined
from annotations.sentences import sentence as _
from models_llm.engines.flow import FLOW
from models_llm.engines.openai_http.endpoint import Endpoint, Place
from models_llm.engines.openai_http.faults import Fault
from models_llm.errors import OutageError

_NEW_TRIAL_S: Final = 10.0
"""How long who comes in an outage waits for a server that is tried anew."""


@dataclass(eq=False)
class _Waiter:
    flow: str
    given: asyncio.Future[Place]
    avoid: Collection[Endpoint] = field(default=())


class Pool:
    """Gives places on the least loaded server: first to requests that have been out before, then to each flow in turn.

    Places are given for as long as a server has room under its limit. When every server has been failing, draining or
    refusing for `outage_s`, nobody waits any longer; who comes when all have gone has the servers tried anew. All
    methods run on one loop.

    Attributes:
        endpoints: the servers.
        on_use: called when a request comes and none was there.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        outage_s: float,
        clock: Callable[[], float],
    ) -> None:
        self.endpoints = tuple(endpoints)
        self.on_use: Callable[[], None] = lambda: None
        self._outage_s = outage_s
        self._clock = clock
        self._again: OrderedDict[_Waiter, None] = OrderedDict()
        self._flows: OrderedDict[str, OrderedDict[_Waiter, None]] = OrderedDict()
        self._out_since: float | None = None
        self._last_look = clock()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        return not self._again and not self._flows and not any(endpoint.n_open for endpoint in self.endpoints)

    async def place(self) -> Place:
        """A place for a new request, when it is its flow's turn.

        Raises: OutageError.
        """
        if self.is_idle:
            self._begin_use()
        if not self._flows:
            endpoint = self._least_loaded(())
            if endpoint is not None:
                return endpoint.take()
        flow = FLOW.get()
        waiter = _Waiter(flow, asyncio.get_running_loop().create_future())
        return await self._wait(self._flows.setdefault(flow, OrderedDict()), waiter)

    async def place_again(self, avoid: Collection[Endpoint]) -> Place:
        """A place for a request that failed on the servers of `avoid`: elsewhere, while another can be counted on.

        Raises: OutageError.
        """
        self._note_outage()
        if self._is_over:
            raise self._outage()
        endpoint = self._least_loaded(avoid)
        if endpoint is not None:
            return endpoint.take()
        return await self._wait(self._again, _Waiter("", asyncio.get_running_loop().create_future(), avoid))

    def finish(self, place: Place, fault: Fault | None) -> None:
        """A request ended, well or with a fault: its place goes on."""
        place.endpoint.finish(place, fault)
        self.changed()

    def abandon(self, place: Place) -> None:
        """Whoever asked has left before the end."""
        place.endpoint.abandon(place)
        self.changed()

    def has_other(self, avoid: Collection[Endpoint]) -> bool:
        """Whether a server can be counted on that is not among these."""
        return any(not endpoint.is_out and endpoint not in avoid for endpoint in self.endpoints)

    def changed(self) -> None:
        """Something about a server is other than before: give out what places there are, and look again in time."""
        self._note_outage()
        if self._again or self._flows:
            self._give()
            self._set_timer()

    async def _wait(self, queue: OrderedDict[_Waiter, None], waiter: _Waiter) -> Place:
        queue[waiter] = None
        self._note_outage()
        self._set_timer()
        try:
            return await waiter.given
        except asyncio.CancelledError:
            self._forget(queue, waiter)
            if waiter.given.done() and not waiter.given.cancelled() and waiter.given.exception() is None:
                self.abandon(waiter.given.result())
            raise

    def _begin_use(self) -> None:
        now = self._clock()
        is_long_ago = now - self._last_look > self._outage_s  # nobody has tried the servers since
        if is_long_ago or self._is_over:
            self._out_since = None if is_long_ago else now - self._outage_s + min(_NEW_TRIAL_S, self._outage_s)
            for endpoint in self.endpoints:
                endpoint.breaker.hasten()
        self.on_use()

    def _forget(self, queue: OrderedDict[_Waiter, None], waiter: _Waiter) -> None:
        queue.pop(waiter, None)
        if not queue and self._flows.get(waiter.flow) is queue:
            del self._flows[waiter.flow]

    def _give(self) -> None:
        for waiter in list(self._again):
            endpoint = self._least_loaded(waiter.avoid)
            if endpoint is not None and not waiter.given.done():
                del self._again[waiter]
                waiter.given.set_result(endpoint.take())
        while self._flows:
            endpoint = self._least_loaded(())
            if endpoint is None:
                return
            flow, queue = self._flows.popitem(last=False)
            waiter, _ = queue.popitem(last=False)
            if queue:
                self._flows[flow] = queue  # behind all others
            if not waiter.given.done():  # one that was cancelled may not have been told yet
                waiter.given.set_result(endpoint.take())

    def _least_loaded(self, avoid: Collection[Endpoint]) -> Endpoint | None:
        """The server with room that has least to do; one to be avoided only where no other can be counted on."""
        if avoid and not self.has_other(avoid):
            avoid = ()
        return min(
            (endpoint for endpoint in self.endpoints if endpoint not in avoid and endpoint.has_room),
            key=lambda endpoint: endpoint.load,
            default=None,
        )

    def _note_outage(self) -> None:
        now = self._last_look = self._clock()
        if not all(endpoint.is_out or endpoint.is_refusing for endpoint in self.endpoints):
            self._out_since = None
        elif self._out_since is None:
            self._out_since = now
        if self._is_over:
            self._give_up()

    @property
    def _is_over(self) -> bool:
        """Whether no server has taken requests for as long as requests wait."""
        return self._out_since is not None and self._clock() - self._out_since >= self._outage_s

    def _give_up(self) -> None:
        """Nobody waits any longer; who comes later waits only if he may try a server."""
        self._give()
        for queue in (self._again, *self._flows.values()):
            for waiter in queue:
                if not waiter.given.done():
                    waiter.given.set_exception(self._outage())
        self._again.clear()
        self._flows.clear()

    def _outage(self) -> OutageError:
        reasons = joined(
            _("%(server)s: it is draining", server=endpoint.name)
            if endpoint.is_draining
            else f"{endpoint.name}: {endpoint.last_error}"
            for endpoint in self.endpoints
        )
        return OutageError(
            _(
                "no server has taken requests for %(seconds)s s (%(reasons)s)",
                seconds=f"{self._outage_s:g}",
                reasons=reasons,
            )
        )

    def _set_timer(self) -> None:
        """Look again when time will have changed something for those who wait."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._again and not self._flows:
            return
        times = [endpoint.ready_at for endpoint in self.endpoints]
        if self._out_since is not None:
            times.append(self._out_since + self._outage_s)
        upcoming = [time for time in times if time is not None]
        if upcoming:
            wait_s = max(0.0, min(upcoming) - self._clock())
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self.changed()
