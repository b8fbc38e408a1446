"""Reading and writing at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Full, Queue
from typing import Any, Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

WAITING_AT_MOST: Final = 2
_LOOK_EVERY_S: Final = 0.1
_END: Final = object()


def consume_beside(source: Iterable[T], consume: Callable[[Iterator[T]], R]) -> R:
    """Run `consume` on `source` in a thread, while this thread goes on reading the source.

    Reading mostly waits for the database, and encoding files runs outside the interpreter, so the two overlap. The
    source stays in the calling thread, because a database connection belongs to the thread that opened it.

    Returns: what `consume` returns.
    Raises: whatever the source or `consume` raises; the other one is stopped first.
    """
    handed: Queue[Any] = Queue(maxsize=WAITING_AT_MOST)
    with ThreadPoolExecutor(max_workers=1) as pool:
        consuming = pool.submit(consume, iter(handed.get, _END))
        try:
            for element in source:
                if not _hand_over(element, handed, consuming):
                    break
        finally:
            _hand_over(_END, handed, consuming)
        return consuming.result()


def _hand_over(element: Any, handed: Queue[Any], consuming: Future[Any]) -> bool:
    """Wait for a place in the queue; False where nobody reads it any more."""
    while not consuming.done():
        try:
            handed.put(element, timeout=_LOOK_EVERY_S)
        except Full:
            continue
        return True
    return False
