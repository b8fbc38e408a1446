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
