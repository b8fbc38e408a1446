"""Celery's door: ids in, one service call. A task may run twice; the service looks at the rows first."""

from __future__ import annotations

import structlog
from celery import shared_task

from annotations.errors import LeaseLostError
from annotations.services import chores, imports, webhooks
from annotations.services.settling import sweep_unsettled

log = structlog.get_logger(__name__)


@shared_task(name="annotations.import_batch")
def import_batch(batch_id: int) -> None:
    try:
        imports.import_stored(batch_id=batch_id)
    except LeaseLostError as err:
        log.info("another worker went on with the import", batch_id=batch_id, reason=str(err))


@shared_task(name="annotations.sweep_imports")
def sweep_imports() -> None:
    imports.sweep_imports()


@shared_task(name="annotations.sweep_unsettled")
def sweep_unsettled_items() -> None:
    sweep_unsettled()


@shared_task(name="annotations.deliver")
def deliver(webhook_id: int) -> None:
    webhooks.deliver(webhook_id=webhook_id)


@shared_task(name="annotations.sweep_webhooks")
def sweep_webhooks() -> None:
    webhooks.sweep_webhooks()


@shared_task(name="annotations.do_chore")
def do_chore(chore_id: int) -> None:
    chores.do_chore(chore_id=chore_id)


@shared_task(name="annotations.sweep_chores")
def sweep_chores() -> None:
    chores.sweep_chores()
