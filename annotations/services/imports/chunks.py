"""Rows read and encoded ahead of the database: while it stores one chunk, a thread prepares the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from annotations.errors import ImageError
from annotations.formats import (
    GoldRow,
    ItemRow,
    JudgementRecord,
    JudgementRow,
    RaterName,
    RatingRow,
    RationaleRow,
    Refusal,
    RowFault,
    RowFormat,
    RowReader,
    clip,
    read_rows,
)
from annotations.images import MOST_BYTES, clean_images, read_image_files
from annotations.sentences import said_by
from annotations.sentences import sentence as _
from annotations.services.copying import NULL, as_array, as_json, as_text, escaped
from annotations.services.judgements import judgement_columns

CHUNK_ROWS: Final = 5_000
CHUNK_BYTES: Final = 32 * 1024 * 1024
DIGEST_BYTES: Final = 16
_MOST_REMEMBERED: Final = 10_000
_IMAGE: Final = b'"data:image/'


class EncodedItem(NamedTuple):
    """An item ready to be copied.

    Attributes:
        columns: external_id, context, candidates, slices, group and content_digest.
        judgements: of this item, in the same row.
    """

    number: int
    external_id: str
    digest: bytes
    columns: bytes
    judgements: tuple[EncodedJudgement, ...]


class EncodedJudgement(NamedTuple):
    """A judgement ready to be copied; `columns` as in `JUDGEMENT_COLUMNS`, which names no item and no rater."""

    number: int
    external_id: str
    rater: RaterName
    columns: bytes


ITEM_COLUMNS: Final = ("external_id", "context", "candidates", "slices", '"group"', "content_digest")


@dataclass
class Chunk:
    """What a stretch of rows holds, in the order of the file."""

    n_read: int = 0
    n_bytes: int = 0
    items: list[EncodedItem] = field(default_factory=list)
    judgements: list[EncodedJudgement] = field(default_factory=list)
    ratings: list[RatingRow] = field(default_factory=list)
    rationales: list[RationaleRow] = field(default_factory=list)
    gold: list[GoldRow] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    unmapped: Counter[str] = field(default_factory=Counter)


def read_chunks(
    stream: BinaryIO, row_format: RowFormat, reader: RowReader, *, start: int = 0, image_folder: Path | None = None
) -> Iterator[Chunk]:
    """The rows of a file after the first `start`, in chunks that stay small.

    Args:
        image_folder: of the files that items name as `{"image": name}`; None: such values stay as they are.
    Raises: ImportRefusedError, as `read_rows`.
    """
    encoder = _Encoder(image_folder)
    rows = islice(read_rows(stream, row_format), start, None)
    chunk = Chunk()
    for row in rows:
        chunk.n_read += 1
        if isinstance(row, Refusal):
            chunk.refusals.append(row)
            continue
        record = reader.read(row)
        if isinstance(record, ItemRow):
            try:
                item = encoder.item(record)
            except (RowFault, ImageError) as err:
                chunk.refusals.append(Refusal(row.number, err.code, said_by(err), clip(row.fields)))
                continue
            chunk.items.append(item)
            chunk.n_bytes += len(item.columns)
        elif isinstance(record, JudgementRow):
            chunk.judgements.append(encoder.judgement(record.number, record.external_id, record.judgement))
        elif isinstance(record, RatingRow):
            chunk.ratings.append(record)
        elif isinstance(record, RationaleRow):
            chunk.rationales.append(record)
        elif isinstance(record, GoldRow):
            chunk.gold.append(record)
        elif isinstance(record, Refusal):
            chunk.refusals.append(record)
        if chunk.n_read >= CHUNK_ROWS or chunk.n_bytes >= CHUNK_BYTES:
            yield _closed(chunk, reader)
            chunk = Chunk()
    if chunk.n_read:
        yield _closed(chunk, reader)


def one_ahead(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The same chunks; the next one is made in a thread while the caller works on this one."""
    source = iter(chunks)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="import") as pool:
        waiting = pool.submit(next, source, None)
        while (chunk := waiting.result()) is not None:
            waiting = pool.submit(next, source, None)
            yield chunk


def _closed(chunk: Chunk, reader: RowReader) -> Chunk:
    chunk.unmapped = Counter(reader.unmapped)
    reader.unmapped.clear()
    return chunk


class _Encoder:
    """Encodes records; what repeats from row to row is encoded once."""

    def __init__(self, image_folder: Path | None) -> None:
        self._arrays: dict[tuple[int | None, ...], bytes] = {}
        self._image_folder = image_folder

    def item(self, row: ItemRow) -> EncodedItem:
        """Raises: RowFault or ImageError, if a text or an image of it cannot be kept."""
        given = (row.context, row.candidates)
        if self._image_folder is not None:
            given = read_image_files(list(given), self._read_image)
        context, candidates = map(as_json, given)
        slices = as_json(row.slices)
        external_id = as_text(row.external_id)
        group = NULL if row.group is None else as_text(row.group)
        digest = blake2b(b"\n".join((context, candidates, slices, group)), digest_size=DIGEST_BYTES).digest()
        # The digest is of what was given: another release of the image library may encode the same image otherwise.
        if _IMAGE in context or _IMAGE in candidates:
            context, candidates = map(as_json, clean_images(list(given)))
        columns = b"\t".join(
            (
                external_id,
                escaped(context),
                escaped(candidates),
                escaped(slices),
                group,
                b"\\\\x" + digest.hex().encode(),
            )
        )
        judgements = tuple([self.judgement(row.number, row.external_id, record) for record in row.judgements])
        return EncodedItem(row.number, row.external_id, digest, columns, judgements)

    def _read_image(self, name: str) -> bytes:
        """Raises: ImageError, if there is no such file in the folder, or it is too large."""
        assert self._image_folder is not None  # noqa: S101  only then is anything read
        folder = self._image_folder.resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            raise ImageError(
                _("expected an image “%(name)s” in %(folder)s/, there is none", name=name[:200], folder=folder.name)
            )
        if path.stat().st_size > MOST_BYTES:
            raise ImageError(
                _(
                    "expected an image of at most %(most)s MB, “%(name)s” is larger",
                    most=MOST_BYTES // 1024**2,
                    name=name[:200],
                )
            )
        return path.read_bytes()

    def judgement(self, number: int, external_id: str, record: JudgementRecord) -> EncodedJudgement:
        levels = self._arrays.get(record.levels)
        if levels is None:
            levels = as_array(record.levels)
            if len(self._arrays) < _MOST_REMEMBERED:
                self._arrays[record.levels] = levels
        columns = judgement_columns(record, levels=levels, visible=record.visible)
        return EncodedJudgement(number, external_id, record.rater, columns)
