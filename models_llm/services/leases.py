"""Leases of what workers make: taken by one worker at a time, renewed, and seen to again when a worker dies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from models_llm.choices import WorkState
from models_llm.models import LeasedWork

MOST_ATTEMPTS: Final = 5
"""Times a row is taken before it is given up: what takes its worker down would take down every next one."""

Work = TypeVar("Work", bound=LeasedWork)

log = structlog.get_logger(__name__)


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_S)


def take(kind: type[Work], row_id: int, **fields: object) -> Work | None:
    """The row, running under our lease; None where another worker has it or it is finished.

    Args:
        fields: what else changes with the taking.
    """
    rows = kind.objects.filter(pk=row_id)
    free = rows.filter(state=WorkState.WAITING) | rows.overdue(timezone.now())
    changed = free.update(state=WorkState.RUNNING, lease_expires_at=lease_end(), attempts=F("attempts") + 1, **fields)
    if not changed:
        return None
    row: Work = kind.objects.select_related("project").get(pk=row_id)
    if row.attempts > MOST_ATTEMPTS:
        finish(row, state=WorkState.FAILED, error=f"given up: {MOST_ATTEMPTS} workers stopped in the middle of it")
        return None
    return row


def renew(row: LeasedWork, **fields: object) -> None:
    """Renew the lease of a row that runs, and store how far it is."""
    rows = type(row).objects.filter(pk=row.pk, state=WorkState.RUNNING)
    rows.update(lease_expires_at=lease_end(), **fields)


def finish(row: LeasedWork, **fields: object) -> bool:
    """Close a row that is still open; whether it was."""
    rows = type(row).objects.filter(pk=row.pk, state=WorkState.RUNNING)
    return bool(rows.update(lease_expires_at=None, finished_at=timezone.now(), **fields))


def sweep(kind: type[LeasedWork], send: Callable[[int], None]) -> int:
    """Send again what nobody has seen to within its lease.

    Returns: how many messages are sent.
    """
    now = timezone.now()
    n_sent = 0
    for row_id in kind.objects.overdue(now).order_by("pk").values_list("pk", flat=True):
        mine = kind.objects.overdue(now).filter(pk=row_id)
        if mine.update(state=WorkState.WAITING, lease_expires_at=lease_end()):
            send(row_id)
            n_sent += 1
    return n_sent


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
