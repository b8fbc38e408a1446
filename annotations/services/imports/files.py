"""The whole way for a file on disk."""

from __future__ import annotations

from pathlib import Path

from annotations.choices import BatchKind
from annotations.errors import ImportRefusedError
from annotations.formats import format_of
from annotations.models import Batch, Project, User
from annotations.sentences import sentence as _
from annotations.services.imports.batches import digest_of, open_batch, take_batch
from annotations.services.imports.running import Progress, import_rows


def import_file(
    *,
    project: Project,
    path: Path,
    kind: BatchKind = BatchKind.ITEMS,
    mapping: str = "",
    mapping_name: str = "mapping",
    producer: str = "",
    round_number: int | None = None,
    is_strict: bool = False,
    image_folder: Path | None = None,
    created_by: User | None = None,
    on_progress: Progress | None = None,
) -> Batch:
    """Import a file and return its closed batch.

    A file whose import was broken off goes on where it stopped.

    Args:
        mapping: text of the mapping file; empty for the platform's own shape.
        mapping_name: what to call it in messages.
        round_number: the round of the loop that made the items.
        image_folder: of the image files that items name as `{"image": name}`.
        on_progress: called after each chunk.
    Raises:
        ImportRefusedError: the file cannot be read, or another process imports it into the same batch.
        MappingError: the mapping does not fit the project's rubric.
    """
    row_format = format_of(path.name)
    try:
        with path.open("rb") as file:
            digest = digest_of(file)
            batch = open_batch(
                project=project,
                kind=kind,
                source_name=path.name,
                file_digest=digest,
                mapping=mapping,
                mapping_name=mapping_name,
                producer=producer,
                round_number=round_number,
                is_strict=is_strict,
                created_by=created_by,
            )
            taken = take_batch(batch.pk, again=True)
            if taken is None:
                raise ImportRefusedError(
                    _(
                        "another process is importing %(path)s now (import %(batch)s); wait for it",
                        path=path.name,
                        batch=batch.pk,
                    )
                )
            file.seek(0)
            return import_rows(
                batch=taken, stream=file, row_format=row_format, image_folder=image_folder, on_progress=on_progress
            )
    except OSError as err:
        raise ImportRefusedError(_("cannot read %(path)s: %(fault)s", path=path, fault=err.strerror or err)) from err
