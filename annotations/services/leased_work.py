"""What a worker makes under a lease: asked for, made by one worker at a time, and sent again when that one dies."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable
from typing import Any, Final, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.utils import timezone

from annotations.choices import WorkState
from annotations.handoff import make_soon
from annotations.models import LeasedWork, User
from annotations.models.leased import LeasedQuerySet
from annotations.sentences import sentence as _
from annotations.services.worker_leases import MOST_ATTEMPTS, LeaseEndedError, heartbeat, lease_end
from annotations.stored_text import storable

SECONDS_BETWEEN_BEATS: Final = 1.0

Work = TypeVar("Work", bound=LeasedWork)

log = structlog.get_logger(__name__)


def request(kind: type[Work], /, *, user: User | None, **fields: object) -> Work:
    """Store what is wanted and let a worker make it."""
    row: Work = kind.objects.create(lease_expires_at=lease_end(), created_by=user, **fields)
    make_soon(row)
    return row


def request_once(kind: type[Work], /, *, user: User | None, **fields: object) -> Work:
    """As `request`; asked for again with the same fields before it is finished, it is the same row."""
    row: Work
    row, is_new = kind.objects.unfinished().get_or_create(
        **fields, defaults={"lease_expires_at": lease_end(), "created_by": user}
    )
    if is_new:
        make_soon(row)
    return row


def make(
    kind: type[Work],
    row_id: int,
    maker: Callable[[Work], bool],
    *,
    known: type[Exception],
) -> bool:
    """Have a row made that is free to take; otherwise do nothing.

    Args:
        maker: makes it, closes it with `finish` and passes on what that says. While it is at it the lease is renewed
            and the row's `progress_fields` are stored as it leaves them on the row. What it raises is why the row
            failed; where that is the database's failure, the lease runs out and the next worker begins. With
            LeaseEndedError it says that the row is not ours any more.
        known: the errors whose words are for whoever asked.
    Returns: whether the row was closed here.
    """
    row = take(kind, row_id)
    if row is None:
        return False
    with structlog.contextvars.bound_contextvars(task=kind.task, row_id=row.pk):
        try:
            with heartbeat(lambda: renew(row), every_s=SECONDS_BETWEEN_BEATS):
                is_ours = maker(row)
        except known as err:
            log.warning("not made", error=str(err))
            return finish(row, state=WorkState.FAILED, error=str(err))
        except LeaseEndedError:
            log.info("cancelled, or gone on with by another worker")
            return False
        except (OperationalError, InterfaceError) as err:
            log.warning("the database failed meanwhile; it is made again", error=str(err))
            connection.close()
            return False
        except (Exception, CancelledError) as err:
            # What nobody foresaw does not go away by itself.
            log.exception("making it failed", error=str(err))
            reason = storable(f"{type(err).__name__}: {err}")[:1000]
            return finish(row, state=WorkState.FAILED, error=_("%(reason)s. The worker's log says more", reason=reason))
        log.info("made", is_ours=is_ours)
        return is_ours


def sweep(kind: type[LeasedWork]) -> int:
    """Send again what nobody has seen to within its lease.

    Returns: how many messages are sent.
    """
    now = timezone.now()
    n_sent = 0
    for row in kind.objects.overdue(now).order_by("pk"):
        mine = kind.objects.overdue(now).filter(pk=row.pk)
        if mine.update(state=WorkState.WAITING, lease_expires_at=lease_end()):
            make_soon(row)
            n_sent += 1
    return n_sent


def take(kind: type[Work], row_id: int) -> Work | None:
    """The row, running under our lease and begun anew; None where another worker has it or it is finished."""
    now = timezone.now()
    rows = kind.objects.filter(pk=row_id)
    free = rows.filter(state=WorkState.WAITING) | rows.overdue(now)
    changed = free.update(
        state=WorkState.RUNNING,
        started_at=now,
        lease_expires_at=lease_end(),
        attempts=F("attempts") + 1,
        **kind().progress,
    )
    if not changed:
        return None
    row: Work = kind.objects.select_related("project").get(pk=row_id)
    if row.attempts > MOST_ATTEMPTS:
        finish(
            row, state=WorkState.FAILED, error=_("given up: %(n)s workers stopped in the middle of it", n=MOST_ATTEMPTS)
        )
        return None
    return row


def renew(row: LeasedWork) -> None:
    """Renew our lease of a row that runs, and store how far it is."""
    ours(row).update(lease_expires_at=lease_end(), **row.progress)


def ours(row: LeasedWork) -> LeasedQuerySet:
    """The row for as long as it runs and nobody else has taken it since; otherwise nothing."""
    rows: LeasedQuerySet = type(row).objects.filter(pk=row.pk, state=WorkState.RUNNING, attempts=row.attempts)
    return rows


def check_ours(row: LeasedWork) -> None:
    """Raises: LeaseEndedError, if a row was cancelled or another worker took it."""
    if not ours(row).exists():
        raise LeaseEndedError


def note(row: LeasedWork, **fields: Any) -> None:
    """Store how far a row of ours is, in the transaction of what was done: both hold, or neither.

    Raises: LeaseEndedError, if it was cancelled or another worker took it; the transaction must not be committed then.
    """
    if not ours(row).update(**{"lease_expires_at": lease_end(), **fields}):
        raise LeaseEndedError
    for name, value in fields.items():
        setattr(row, name, value)


def finish(row: LeasedWork, **fields: object) -> bool:
    """Close a row that is still open; whether it was."""
    rows = type(row).objects.filter(pk=row.pk, state=WorkState.RUNNING)
    return bool(rows.update(lease_expires_at=None, finished_at=timezone.now(), **{**row.progress, **fields}))


def close(row: LeasedWork, **fields: Any) -> None:
    """As `finish`, in the transaction of what was done.

    Raises: LeaseEndedError, as `note`.
    """
    note(row, lease_expires_at=None, finished_at=timezone.now(), **{**row.progress, **fields})


def cancel(row: LeasedWork) -> bool:
    """End a row that is not finished, whoever is at it; whether it was still open. What is done stays."""
    rows = type(row).objects.unfinished().filter(pk=row.pk)
    return bool(rows.update(state=WorkState.CANCELLED, lease_expires_at=None, finished_at=timezone.now()))
