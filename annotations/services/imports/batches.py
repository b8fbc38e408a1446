"""The life of a batch: made, taken by one process at a time, counted chunk by chunk, closed."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import timedelta
from typing import BinaryIO, Final

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from annotations.choices import BatchKind, BatchState
from annotations.errors import LeaseLostError
from annotations.formats import make_reader
from annotations.handoff import follow_import_soon
from annotations.models import Batch, Project, User
from annotations.sentences import sentence as _
from annotations.services.imports.destination import Stored

_READ_BYTES: Final = 1024 * 1024


def digest_of(file: BinaryIO) -> str:
    """SHA-256 of a file's bytes as they are, compressed or not; the file is read to its end."""
    digest = hashlib.sha256()
    while block := file.read(_READ_BYTES):
        digest.update(block)
    return digest.hexdigest()


def open_batch(
    *,
    project: Project,
    kind: BatchKind,
    source_name: str,
    file_digest: str = "",
    mapping: str = "",
    mapping_name: str = "mapping",
    producer: str = "",
    round_number: int | None = None,
    is_strict: bool = False,
    stored_path: str = "",
    created_by: User | None = None,
) -> Batch:
    """A batch to import a file into: the one that was broken off with the same file and settings, or a new one.

    Raises: MappingError, if the mapping does not fit the project's rubric.
    """
    make_reader(kind=kind, mapping=mapping, source=mapping_name, rubric=project.current_rubric().spec())
    same = Batch.objects.filter(
        _is_free(),
        project=project,
        kind=kind,
        file_digest=file_digest,
        mapping=mapping,
        producer=producer,
        round=round_number,
        is_strict=is_strict,
        stored_path=stored_path,
    )
    broken_off = same.order_by("-pk").first() if file_digest else None
    return broken_off or Batch.objects.create(
        project=project,
        kind=kind,
        source_name=source_name[:255],
        file_digest=file_digest,
        mapping=mapping,
        producer=producer,
        round=round_number,
        is_strict=is_strict,
        stored_path=stored_path,
        created_by=created_by,
    )


def completed_before(batch: Batch) -> Batch | None:
    """The latest earlier batch in which this file went in with the same mapping."""
    earlier = Batch.objects.filter(
        project_id=batch.project_id,
        kind=batch.kind,
        file_digest=batch.file_digest,
        mapping=batch.mapping,
        state=BatchState.COMPLETE,
        pk__lt=batch.pk,
    )
    return earlier.order_by("-pk").first() if batch.file_digest else None


def take_batch(batch_id: int, *, again: bool = False) -> Batch | None:
    """Take a batch that waits or whose process is gone; None if another process has it or it is closed.

    Args:
        again: take it also if it has failed.
    """
    now = timezone.now()
    free = _is_free() if again else _is_free() & ~Q(state=BatchState.FAILED)
    taken = Batch.objects.filter(free, pk=batch_id).update(
        state=BatchState.RUNNING, lease_expires_at=_lease_end(), started_at=now, finished_at=None, error=""
    )
    return Batch.objects.select_related("project").get(pk=batch_id) if taken else None


def hold_batch(batch: Batch) -> None:
    """Lock the batch until the transaction ends, so that nobody takes it however long the transaction is.

    Raises: LeaseLostError, if another process went on with the batch or closed it.
    """
    mine = Batch.objects.select_for_update().filter(pk=batch.pk, state=BatchState.RUNNING, n_read=batch.n_read)
    if not mine.exists():
        raise LeaseLostError(
            _(
                "import %(batch)s was taken over or closed by another process after %(n)s rows; import again",
                batch=batch.pk,
                n=batch.n_read,
            )
        )


def count_rows(batch: Batch, n_read: int, stored: Stored, unmapped: Counter[str]) -> None:
    """Add what a chunk did to a batch that is held, and renew the lease."""
    unmapped_now = Counter(batch.unmapped) + unmapped
    Batch.objects.filter(pk=batch.pk).update(
        n_read=batch.n_read + n_read,
        n_items=F("n_items") + stored.n_items,
        n_judgements=F("n_judgements") + stored.n_judgements,
        n_gold=F("n_gold") + stored.n_gold,
        n_unchanged=F("n_unchanged") + stored.n_unchanged,
        n_refused=F("n_refused") + stored.n_refused,
        unmapped=dict(unmapped_now),
        lease_expires_at=_lease_end(),
    )
    batch.n_read += n_read
    batch.unmapped = dict(unmapped_now)


def reset_counts(batch: Batch) -> None:
    """Start over with a batch of which nothing has gone in."""
    batch.refusals.all().delete()
    batch.n_read, batch.unmapped = 0, {}
    Batch.objects.filter(pk=batch.pk).update(n_read=0, n_refused=0, n_unchanged=0, unmapped={})


def close_batch(batch: Batch, error: str = "") -> Batch:
    """Say how the batch ended; an error is a sentence for the person who sent the file."""
    closed = Batch.objects.filter(pk=batch.pk, state=BatchState.RUNNING).update(
        state=BatchState.FAILED if error else BatchState.COMPLETE,
        error=error,
        lease_expires_at=None,
        finished_at=timezone.now(),
    )
    if closed:
        follow_import_soon(batch.pk)
    batch.refresh_from_db()
    return batch


def _is_free() -> Q:
    return Q(state__in=[BatchState.WAITING, BatchState.FAILED]) | Q(
        state=BatchState.RUNNING, lease_expires_at__lt=timezone.now()
    )


def _lease_end() -> object:
    return timezone.now() + timedelta(seconds=settings.LEASE_S)
