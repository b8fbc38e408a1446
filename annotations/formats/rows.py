"""Rows of JSONL, CSV and Parquet files, one at a time, with their numbers.

A row that cannot be read becomes a `Refusal` and reading goes on. Memory is bounded by the longest row allowed.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, BinaryIO, Final, NamedTuple, cast

import orjson

from annotations.errors import ImportRefusedError
from annotations.sentences import sentence as _

MAX_ROW_BYTES: Final = 4 * 1024 * 1024
MAX_CONTENT_CHARACTERS: Final = 500

_GZIP_MAGIC: Final = b"\x1f\x8b"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_PARQUET_BATCH_ROWS: Final = 512


class RowFormat(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class Row(NamedTuple):
    """One row that could be read.

    Attributes:
        number: line of the file where the row starts, from 1 (in CSV the header is line 1); in Parquet, the
            row's number from 1.
    """

    number: int
    fields: dict[str, Any]


class Refusal(NamedTuple):
    """A row that does not go in, and why.

    Attributes:
        code: stable name of the reason; refusals are counted by it.
        message: what was expected and what came.
        content: the row as it came, clipped.
    """

    number: int
    code: str
    message: str
    content: str


def format_of(name: str) -> RowFormat:
    """The format that a file name stands for; `.gz` at the end is looked through.

    Raises: ImportRefusedError, if the ending is none that can be read.
    """
    ending = name.lower().removesuffix(".gz").rpartition(".")[2]
    known = {"jsonl": RowFormat.JSONL, "ndjson": RowFormat.JSONL, "csv": RowFormat.CSV, "parquet": RowFormat.PARQUET}
    if ending not in known:
        raise ImportRefusedError(
            _("expected a file ending in .jsonl, .ndjson, .csv or .parquet (or .gz), got “%(name)s”", name=name)
        )
    return known[ending]


def read_rows(stream: BinaryIO, row_format: RowFormat) -> Iterator[Row | Refusal]:
    """The rows of a file in order, with a refusal in place of each row that cannot be read.

    Args:
        stream: the file, plain or gzip (seen by its first bytes); only Parquet needs it to be seekable.
    Raises: ImportRefusedError, where nothing after that place can be read: damaged compression, a CSV file
        without a proper header, a file that is no Parquet.
    """
    if row_format is RowFormat.PARQUET:
        return _parquet_rows(stream)
    plain = _decompressed(stream)
    rows = _csv_rows(plain) if row_format is RowFormat.CSV else _jsonl_rows(plain)
    return _with_damage_named(rows)


def clip(content: object) -> str:
    """A row's content as a report shows it."""
    if isinstance(content, bytes):
        text = content[: 4 * MAX_CONTENT_CHARACTERS].decode(errors="replace").rstrip("\r\n")
    elif isinstance(content, str):
        text = content
    else:
        text = orjson.dumps(content, default=str).decode()
    # PostgreSQL keeps no NUL in a text.
    text = text.replace("\x00", "�")
    return text if len(text) <= MAX_CONTENT_CHARACTERS else text[: MAX_CONTENT_CHARACTERS - 1] + "…"


def _decompressed(stream: BinaryIO) -> io.BufferedReader:
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream))
    if buffered.peek(2)[:2] == _GZIP_MAGIC:
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=buffered)), 256 * 1024)
    return buffered


def _with_damage_named(rows: Iterator[Row | Refusal]) -> Iterator[Row | Refusal]:
    number = 0
    try:
        for row in rows:
            number = row.number
            yield row
    except (EOFError, gzip.BadGzipFile, zlib.error) as err:
        raise ImportRefusedError(
            _(
                "the compressed file is damaged or cut short after row %(row)s: %(fault)s; send it again whole",
                row=number,
                fault=err,
            )
        ) from err


def _jsonl_rows(stream: io.BufferedReader) -> Iterator[Row | Refusal]:
    if stream.peek(3)[:3] == _BYTE_ORDER_MARK:
        stream.read(3)
    loads, readline = orjson.loads, stream.readline
    number = 0
    while line := readline(MAX_ROW_BYTES + 1):
        number += 1
        if len(line) > MAX_ROW_BYTES and not line.endswith(b"\n"):
            yield Refusal(
                number, "row_too_long", _("expected at most %(most)s bytes, got more", most=MAX_ROW_BYTES), clip(line)
            )
            while (line := readline(MAX_ROW_BYTES)) and not line.endswith(b"\n"):
                pass
            continue
        try:
            fields = loads(line)
        except orjson.JSONDecodeError as err:
            if line.strip():
                yield Refusal(number, "not_json", _json_fault(err), clip(line))
            continue
        if isinstance(fields, dict):
            yield Row(number, fields)
        else:
            came = type(fields).__name__
            yield Refusal(
                number, "not_an_object", _("expected a JSON object, got a JSON %(came)s", came=came), clip(line)
            )


def _json_fault(err: orjson.JSONDecodeError) -> str:
    # The error counts lines within the row, which would be taken for lines of the file.
    return _("expected one JSON object on the line; character %(at)s: %(fault)s", at=err.colno, fault=err.msg)


def _csv_rows(stream: io.BufferedReader) -> Iterator[Row | Refusal]:
    # Bytes that are no UTF-8 come through as lone surrogates, so that one bad row does not end the reading.
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    csv.field_size_limit(MAX_ROW_BYTES)
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True)
    header = _csv_header(reader)
    while True:
        number = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            yield Refusal(number, "not_csv", _("expected a row of CSV: %(fault)s", fault=err), "")
            continue
        if lines.was_cut:
            lines.was_cut = False
            yield Refusal(
                number, "row_too_long", _("expected at most %(most)s characters, got more", most=MAX_ROW_BYTES), ""
            )
            continue
        if not values:
            continue
        content = ",".join(values)
        if len(values) != len(header):
            message = _("expected %(n)s fields as in the header, got %(came)s", n=len(header), came=len(values))
            yield Refusal(number, "wrong_field_count", message, clip(content.encode(errors="replace")))
        elif not _is_utf8(content):
            yield Refusal(number, "not_utf8", _("expected text in UTF-8"), clip(content.encode(errors="replace")))
        else:
            yield Row(number, dict(zip(header, values, strict=True)))


class _Lines:
    """Lines of a text. One that is longer than a row may be comes out empty, and `was_cut` says so."""

    def __init__(self, text: io.TextIOBase) -> None:
        self.was_cut = False
        self._text = text

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_ROW_BYTES + 1)
        if not line:
            raise StopIteration
        if len(line) <= MAX_ROW_BYTES or line.endswith("\n"):
            return line
        while (rest := self._text.readline(MAX_ROW_BYTES)) and not rest.endswith("\n"):
            pass
        self.was_cut = True
        return "\n"


def _csv_header(reader: Iterator[list[str]]) -> list[str]:
    try:
        header = next(reader, [])
    except csv.Error as err:
        raise ImportRefusedError(_("expected a header in line 1 of the CSV file: %(fault)s", fault=err)) from err
    if not header or len(set(header)) != len(header) or "" in header or not _is_utf8("".join(header)):
        raise ImportRefusedError(
            _(
                "expected a header in line 1 with a different name for each column, got %(came)s",
                came=clip(",".join(header)),
            )
        )
    return header


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parquet_rows(stream: BinaryIO) -> Iterator[Row | Refusal]:
    # pyarrow takes a quarter of a second to import, and most imports do without it.
    import pyarrow
    import pyarrow.parquet

    number = 0
    try:
        for batch in pyarrow.parquet.ParquetFile(stream).iter_batches(batch_size=_PARQUET_BATCH_ROWS):
            for fields in batch.to_pylist():
                number += 1
                yield Row(number, fields)
    except (pyarrow.ArrowException, OSError) as err:
        raise ImportRefusedError(
            _("expected a Parquet file; nothing can be read after row %(row)s: %(fault)s", row=number, fault=err)
        ) from err
