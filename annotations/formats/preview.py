"""The first rows of a file as they would go in, with nothing stored."""

from __future__ import annotations

from itertools import islice
from typing import BinaryIO

from annotations.formats.readers import RowReader
from annotations.formats.records import Record, Skipped
from annotations.formats.rows import Refusal, RowFormat, read_rows


def preview_rows(
    stream: BinaryIO, row_format: RowFormat, reader: RowReader, n_rows: int
) -> list[Record | Refusal | Skipped]:
    """What becomes of the first rows: records, refusals, and rows left out on purpose.

    Raises: ImportRefusedError, as `read_rows`.
    """
    rows = islice(read_rows(stream, row_format), n_rows)
    return [row if isinstance(row, Refusal) else reader.read(row) for row in rows]
