"""Hands work to Celery by task name, after the transaction that made it has committed.

The database is the truth and a message a hint: one that is lost is sent again by a sweep, one too many finds
its row taken and does nothing. So a broker that cannot be reached is logged and nothing fails.
"""

from __future__ import annotations

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from annotations.models import LeasedWork

log = structlog.get_logger(__name__)


def import_batch_soon(batch_id: int) -> None:
    send_after_commit("annotations.import_batch", batch_id)


def deliver_soon(webhook_id: int) -> None:
    send_after_commit("annotations.deliver", webhook_id)


def make_soon(work: LeasedWork) -> None:
    send_after_commit(work.task, work.pk, queue=work.worker_queue)


def follow_import_soon(batch_id: int) -> None:
    """Start what other apps do after an import; they are named in the settings, for this app knows none of them."""
    for task in settings.AFTER_IMPORT_TASKS:
        send_after_commit(task, batch_id)


def send_after_commit(task: str, row_id: int, *, queue: str | None = None) -> None:
    """Send a message to the queue; to the default one unless it is given."""
    transaction.on_commit(lambda: _send(task, row_id, queue))


def _send(task: str, row_id: int, queue: str | None) -> None:
    try:
        # Sweeps send it again after a lease: one that nobody took by then must not pile up beside its successors.
        current_app.send_task(task, args=[row_id], queue=queue, expires=settings.LEASE_S)
    except (OperationalError, OSError) as err:
        log.warning("message not sent; the sweep sends it again", task=task, row_id=row_id, error=str(err))
