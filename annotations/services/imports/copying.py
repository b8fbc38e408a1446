"""Rows as PostgreSQL's COPY reads them: text format, one line a row, tabs between the columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import orjson
from django.db import connection

from annotations.formats import Refusal, RowFault

NULL: Final = b"\\N"


def copy_lines(table: str, columns: tuple[str, ...], lines: Iterable[bytes]) -> None:
    """Copy encoded lines, each with its line end, into a table."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        copy.write(b"".join(lines))


def copy_refusals(batch_id: int, refusals: Iterable[Refusal]) -> None:
    copy_lines(
        "annotations_rowrefusal",
        ("batch_id", "row_number", "code", "message", "content"),
        [
            b"%d\t%d\t%b\t%b\t%b\n"
            % (batch_id, refusal.number, refusal.code.encode(), as_text(refusal.message), as_text(refusal.content))
            for refusal in refusals
        ],
    )


def as_text(text: str) -> bytes:
    """A text as a column; what COPY would read as a tab, a line end or an escape is escaped."""
    raw = text.encode()
    if b"\\" in raw:
        raw = raw.replace(b"\\", b"\\\\")
    if b"\n" in raw or b"\t" in raw or b"\r" in raw:
        raw = raw.replace(b"\n", b"\\n").replace(b"\t", b"\\t").replace(b"\r", b"\\r")
    return raw


def as_json(value: object) -> bytes:
    """A value as JSON with sorted keys, so that equal values give equal bytes; not yet escaped.

    Raises: RowFault, if a text in it holds a NUL, which PostgreSQL cannot keep.
    """
    raw = orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)
    # The bytes may also stand for a backslash and the text u0000, so the value itself decides.
    if b"\\u0000" in raw and _has_nul(value):
        raise RowFault("nul_character", "expected text without NUL characters, which PostgreSQL cannot keep")
    return raw


def escaped(json: bytes) -> bytes:
    """JSON as a column. orjson escapes control characters, so only backslashes are left."""
    return json.replace(b"\\", b"\\\\") if b"\\" in json else json


def as_array(values: Iterable[int | float | None] | None) -> bytes:
    """Numbers as an array column; null for None."""
    if values is None:
        return NULL
    return ("{" + ",".join(["NULL" if value is None else repr(value) for value in values]) + "}").encode()


def as_text_array(texts: Iterable[str] | None) -> bytes:
    if texts is None:
        return NULL
    quoted = ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts]
    return as_text("{" + ",".join(quoted) + "}")


def as_number(number: float | None) -> bytes:
    return NULL if number is None else repr(number).encode()


def as_time(moment: datetime) -> bytes:
    return moment.isoformat().encode()


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list | tuple) and any(_has_nul(part) for part in value)
