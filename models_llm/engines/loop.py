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

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_owner = 0


def submit(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """Run a coroutine on the loop, in the caller's context; to be called from any other thread."""
    return asyncio.run_coroutine_threadsafe(coroutine, _running())


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns or raises, waited for by the calling thread."""
    return submit(coroutine).result()


def _running() -> asyncio.AbstractEventLoop:
    global _loop, _owner
    with _lock:
        if _loop is None or _owner != os.getpid():  # a forked child has the parent's loop without its thread
            _loop, _owner = asyncio.new_event_loop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="engines", daemon=True).start()
        return _loop
