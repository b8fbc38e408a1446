"""Rows as PostgreSQL's COPY reads them: text format, one line a row, tabs between the columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import orjson
from django.db import connection

from annotations.formats import RowFault
from annotations.sentences import sentence as _

NULL: Final = b"\\N"


def copy_lines(table: str, columns: tuple[str, ...], lines: Iterable[bytes]) -> None:
    """Copy encoded lines, each with its line end, into a table.

    Raises: django.db.Error, as any statement.
    """
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.write(b"".join(lines))


def new_ids(table: str, n: int) -> list[int]:
    """The next `n` numbers of a table's sequence, for rows that others are to point to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, n])
        return [pk for (pk,) in cursor]


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
        raise RowFault("nul_character", _("expected text without NUL characters, which PostgreSQL cannot keep"))
    return raw


def escaped(json: bytes) -> bytes:
    """JSON as a column. orjson escapes control characters, so only backslashes are left."""
    return json.replace(b"\\", b"\\\\") if b"\\" in json else json


def as_array(values: Iterable[int | float | None] | None) -> bytes:
    """Numbers as an array column; null for None."""
    if values is None:
        return NULL
    return ("{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}").encode()


def as_text_array(texts: Iterable[str] | None) -> bytes:
    if texts is None:
        return NULL
    quoted = ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts]
    return as_text("{" + ",".join(quoted) + "}")


def as_number(number: float | None) -> bytes:
    return NULL if number is None else str(number).encode()


def as_time(moment: datetime) -> bytes:
    return moment.isoformat().encode()


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list | tuple) and any(_has_nul(part) for part in value)
