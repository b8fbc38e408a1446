"""Uploads: kept in a file until a worker has imported them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from annotations.choices import BatchKind, BatchState
from annotations.errors import ImportRefusedError
from annotations.formats import format_of
from annotations.handoff import import_batch_soon
from annotations.models import Batch, Project, User
from annotations.sentences import sentence as _
from annotations.services.imports.batches import close_batch, open_batch, take_batch
from annotations.services.imports.running import import_rows

_FOLDER: Final = "imports"
_MESSAGE_GRACE_S: Final = 10
"""How old a waiting upload is before its message counts as lost."""


def receive_upload(
    *,
    project: Project,
    name: str,
    blocks: Iterable[bytes],
    kind: BatchKind,
    mapping: str = "",
    mapping_name: str = "mapping",
    producer: str = "",
    round_number: int | None = None,
    is_strict: bool = False,
    created_by: User,
) -> Batch:
    """Keep an uploaded file and have a worker import it.

    Args:
        blocks: the file's bytes; never as a whole in memory.
    Raises:
        ImportRefusedError: the file's ending is none that can be read, or it is too large.
        MappingError: the mapping does not fit the project's rubric.
    """
    format_of(name)
    stored_path = f"{_FOLDER}/{secrets.token_hex(16)}"
    path = _root() / stored_path
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        digest = _keep(path, blocks)
        with transaction.atomic():
            batch = open_batch(
                project=project,
                kind=kind,
                source_name=name,
                file_digest=digest,
                mapping=mapping,
                mapping_name=mapping_name,
                producer=producer,
                round_number=round_number,
                is_strict=is_strict,
                stored_path=stored_path,
                created_by=created_by,
            )
            import_batch_soon(batch.pk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return batch


def import_stored(*, batch_id: int) -> None:
    """Import a kept upload, and drop the file once its batch is closed. Does nothing if another process has it."""
    batch = take_batch(batch_id) if Batch.objects.filter(pk=batch_id).exclude(stored_path="").exists() else None
    if batch is None:
        return
    path = _root() / batch.stored_path
    try:
        with path.open("rb") as file:
            import_rows(batch=batch, stream=file, row_format=format_of(batch.source_name))
    except FileNotFoundError:
        close_batch(
            batch, error=_("the uploaded file %(name)s is no longer there; upload it again", name=batch.source_name)
        )
    _drop_file(batch)


@transaction.atomic
def sweep_imports() -> None:
    """Have what was left behind picked up: uploads whose message or worker is gone, files of closed imports.

    A file that a command or a request was reading is gone with its process; the batch is closed, saying so.
    A batch that is locked is in a long transaction of a process at work, whatever its lease says.
    """
    now = timezone.now()
    left = Q(state=BatchState.RUNNING, lease_expires_at__lt=now) | Q(
        state=BatchState.WAITING, created_at__lt=now - timedelta(seconds=_MESSAGE_GRACE_S)
    )
    batches = list(Batch.objects.select_for_update(skip_locked=True).filter(left).order_by("pk"))
    for batch in batches:
        if batch.stored_path:
            import_batch_soon(batch.pk)
    Batch.objects.filter(pk__in=[batch.pk for batch in batches if not batch.stored_path]).update(
        state=BatchState.FAILED,
        error="the process that read the file ended; import the file again and it goes on where it stopped",
        lease_expires_at=None,
        finished_at=now,
    )
    closed = Batch.objects.filter(state__in=[BatchState.COMPLETE, BatchState.FAILED]).exclude(stored_path="")
    for batch in closed:
        _drop_file(batch)


def _drop_file(batch: Batch) -> None:
    """Drop a closed batch's file; the path goes last, so that a sweep finds what a crash left between."""
    (_root() / batch.stored_path).unlink(missing_ok=True)
    Batch.objects.filter(pk=batch.pk).update(stored_path="")


def _root() -> Path:
    return Path(settings.MEDIA_ROOT)


def _keep(path: Path, blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    size = 0
    with path.open("xb") as file:
        for block in blocks:
            size += len(block)
            if size > settings.IMPORT_MAX_BYTES:
                raise ImportRefusedError(
                    _(
                        "expected a file of at most %(most)s bytes; split it, or import it on the server with "
                        "“manage.py import_batch”",
                        most=f"{settings.IMPORT_MAX_BYTES:,}",
                    )
                )
            digest.update(block)
            file.write(block)
    return digest.hexdigest()
