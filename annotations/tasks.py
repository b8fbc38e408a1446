"""Celery's door: ids in, one service call. A task may run twice; the service looks at the rows first."""

from __future__ import annotations

from typing import Any

import structlog
from celery import current_app, shared_task
from celery.signals import worker_ready

from annotations.errors import LeaseLostError
from annotations.services import imports

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


@worker_ready.connect
def sweep_at_start(**kwargs: Any) -> None:  # noqa: ARG001  what the signal says is not needed
    """A worker that comes back finds what was left behind without waiting for the beat."""
    current_app.send_task("annotations.sweep_imports")
