"""Leases of workers: how long they last, and a thread that renews one."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

MOST_ATTEMPTS: Final = 5
"""Times a row is taken before it is given up: what takes its worker down would take down every next one."""

log = structlog.get_logger(__name__)


class LeaseEndedError(Exception):
    """What was leased is another worker's by now, or nobody is to work on it."""


def holder_name() -> str:
    """A name for one lease of this process, unlike that of any other."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_S)


@contextmanager
def heartbeat(beat: Callable[[], object], *, every_s: float) -> Iterator[None]:
    """Call `beat` from a thread until the block is left: whatever takes its time inside, the lease is renewed."""
    stop = threading.Event()

    def run() -> None:
        try:
            while not stop.wait(every_s):
                try:
                    beat()
                except DatabaseError as err:  # it may come back before the lease runs out
                    log.warning("a lease was not renewed", error=str(err))
                    connection.close()
        finally:
            connection.close()  # this thread's own

    thread = threading.Thread(target=run, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
