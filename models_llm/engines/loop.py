"""The one event loop of a process on which engines and judges run, in a thread of its own.

Workers judge in threads, web workers serve in threads, and an engine keeps connections and queues that all of them
share: so all of them meet on one loop.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name=name, daemon=True).start()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the loop, in the caller's context; to be called from any other thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def stop(self) -> None:
        """End the thread, with whatever still runs on it."""
        self._loop.call_soon_threadsafe(self._loop.stop)


_lock = threading.Lock()
_engines: LoopThread | None = None
_owner = 0


def submit(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """Run a coroutine on the process's loop, in the caller's context; to be called from any other thread."""
    return _running().submit(coroutine)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns or raises, waited for by the calling thread."""
    return submit(coroutine).result()


def _running() -> LoopThread:
    global _engines, _owner
    with _lock:
        if _engines is None or _owner != os.getpid():  # a forked child has the parent's loop without its thread
            _engines, _owner = LoopThread("engines"), os.getpid()
        return _engines
