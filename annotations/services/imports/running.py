"""A file into a project, chunk by chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from django.db import DatabaseError, transaction

from annotations.choices import BatchKind
from annotations.errors import ImportRefusedError, MappingError, RubricError
from annotations.formats import Refusal, RowFormat, make_reader
from annotations.models import Batch
from annotations.sentences import sentence as _
from annotations.services.imports.batches import close_batch, count_rows, hold_batch, reset_counts
from annotations.services.imports.chunks import Chunk, one_ahead, read_chunks
from annotations.services.imports.destination import Destination, Stored, copy_refusals, take_turn
from annotations.services.imports.merging import close_stage, merge_staged, open_stage, stage
from annotations.services.imports.store import store_gold, store_items
from annotations.services.judgements import lock_rubric

MAX_STRICT_REFUSALS: Final = 1_000
"""How many refused rows of a strict import are kept; all are counted."""

Progress = Callable[[Batch], None]


def import_rows(
    *,
    batch: Batch,
    stream: BinaryIO,
    row_format: RowFormat,
    image_folder: Path | None = None,
    on_progress: Progress | None = None,
) -> Batch:
    """Import a file into a batch that this process has taken (`take_batch`).

    Items and gold go in chunk by chunk, each with its counts in one transaction: whatever happens, the counts
    say what is in, and going on starts after the last row counted. Judgements are staged and go in all at once,
    since the rows of one may stand anywhere. A strict batch goes in as a whole or not at all.

    Args:
        stream: the file from its start, also when going on.
        image_folder: of the image files that items name.
        on_progress: called after each chunk.
    Returns: the batch as it is now, closed. FAILED says in `error` why; what went in before stays.
    Raises:
        LeaseLostError: another process took the batch over.
        DatabaseError: the database failed; the batch is closed as failed if that can still be written.
    """
    report = on_progress or (lambda _batch: None)
    rubric = batch.project.current_rubric()
    to = Destination(batch, rubric)
    try:
        reader = make_reader(kind=BatchKind(batch.kind), mapping=batch.mapping, source="mapping", rubric=rubric.spec())
        starts_over = batch.is_strict or batch.kind == BatchKind.JUDGEMENTS
        if starts_over:
            reset_counts(batch)
        chunks = one_ahead(read_chunks(stream, row_format, reader, start=batch.n_read, image_folder=image_folder))
        open_stage()
        if batch.is_strict:
            _store_all_or_nothing(to, chunks, report)
        else:
            _store(to, chunks, report)
    except (ImportRefusedError, MappingError, RubricError) as err:
        return close_batch(batch, error=str(err))
    except DatabaseError as err:
        close_batch(
            batch, error=_("the database refused a row after row %(row)s: %(fault)s", row=batch.n_read, fault=err)
        )
        raise
    finally:
        close_stage()
    batch.refresh_from_db()
    return batch


def _store(to: Destination, chunks: Iterator[Chunk], report: Progress) -> None:
    """Store the chunks and close the batch."""
    if to.batch.kind == BatchKind.JUDGEMENTS:
        _stage_and_merge(to, chunks, report)
        return
    store = store_items if to.batch.kind == BatchKind.ITEMS else store_gold
    for chunk in chunks:
        with transaction.atomic():
            hold_batch(to.batch)
            take_turn(to.project_id)
            count_rows(to.batch, chunk.n_read, store(to, chunk), chunk.unmapped)
        report(to.batch)
    close_batch(to.batch)


def _stage_and_merge(to: Destination, chunks: Iterator[Chunk], report: Progress) -> None:
    for chunk in chunks:
        with transaction.atomic():
            hold_batch(to.batch)
            refusals = stage(to, chunk)
            copy_refusals(to.batch.pk, refusals)
            count_rows(to.batch, chunk.n_read, Stored(n_refused=len(refusals)), chunk.unmapped)
        report(to.batch)
    # Closing belongs to the merge: merged but open, a second run would take its own judgements for repetitions.
    with transaction.atomic():
        hold_batch(to.batch)
        take_turn(to.project_id)
        stored = merge_staged(to)
        if stored.n_judgements:
            lock_rubric(to.rubric)
        count_rows(to.batch, 0, stored, Counter())
        close_batch(to.batch)
    report(to.batch)


class _Refused(Exception):  # noqa: N818  leaves the transaction; not an error of the program
    def __init__(self, kept: list[Refusal], n_refused: int, n_read: int, unmapped: dict[str, int]) -> None:
        self.kept, self.n_refused, self.n_read, self.unmapped = kept, n_refused, n_read, unmapped


def _store_all_or_nothing(to: Destination, chunks: Iterator[Chunk], report: Progress) -> None:
    batch = to.batch
    try:
        with transaction.atomic():
            hold_batch(batch)
            _store(to, chunks, report)
            batch.refresh_from_db()
            if batch.n_refused:
                rows = batch.refusals.order_by("pk")[:MAX_STRICT_REFUSALS]
                kept = [Refusal(*row) for row in rows.values_list("row_number", "code", "message", "content")]
                raise _Refused(kept, batch.n_refused, batch.n_read, batch.unmapped)
    except _Refused as refused:
        with transaction.atomic():
            copy_refusals(batch.pk, refused.kept)
            Batch.objects.filter(pk=batch.pk).update(
                n_read=refused.n_read, n_refused=refused.n_refused, unmapped=refused.unmapped
            )
            error = (
                f"nothing went in: {refused.n_refused} of {refused.n_read} rows were refused and this import is strict"
            )
            close_batch(batch, error=error)
