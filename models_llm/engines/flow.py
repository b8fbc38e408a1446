"""Whose request it is. An engine that several share gives each flow of requests its turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

FLOW: Final[ContextVar[str]] = ContextVar("flow", default="")
"""Name of the flow that a request belongs to, such as a run's. What is asked without one shares the flow ""."""


@contextmanager
def in_flow(name: str) -> Iterator[None]:
    """What is asked inside, also by tasks and by the loop on behalf of this thread, belongs to the flow."""
    before = FLOW.set(name)
    try:
        yield
    finally:
        FLOW.reset(before)


class Turns:
    """Numbers by which requests of several flows are served in fairness, lowest first.

    Each flow's requests are numbered on, so of two that wait equally long one with many does not hold up one with few;
    a flow that begins, or comes back, begins at what is served now.
    """

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._now = 0

    def take(self) -> int:
        """The number of the next request of the flow that asks."""
        self._last = {flow: turn for flow, turn in self._last.items() if turn > self._now}
        flow = FLOW.get()
        self._last[flow] = max(self._now, self._last.get(flow, 0)) + 1
        return self._last[flow]

    def served(self, turn: int) -> None:
        self._now = max(self._now, turn)
