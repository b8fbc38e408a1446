from __future__ import annotations

import gzip
import io
import tracemalloc
from collections.abc import Iterator
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotations.errors import ImportRefusedError
from annotations.formats import Refusal, Row, RowFormat, format_of, read_rows
from annotations.formats.rows import MAX_ROW_BYTES


def rows_of(data: bytes, row_format: RowFormat) -> list[Row | Refusal]:
    return list(read_rows(io.BytesIO(data), row_format))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jsonl", RowFormat.JSONL),
        ("a.ndjson.gz", RowFormat.JSONL),
        ("A.CSV.GZ", RowFormat.CSV),
        ("a.b.parquet", RowFormat.PARQUET),
    ],
)
def test_the_format_is_seen_from_the_name(name: str, expected: RowFormat) -> None:
    assert format_of(name) is expected


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(ImportRefusedError, match=r"got “a\.xlsx”"):
        format_of("a.xlsx")


def test_jsonl_rows_have_the_number_of_their_line() -> None:
    data = b'\xef\xbb\xbf{"a": 1}\r\n\n  \n{"a": "\xc3\xa9"}'
    assert rows_of(data, RowFormat.JSONL) == [Row(1, {"a": 1}), Row(4, {"a": "é"})]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"a": 1', "not_json"),
        (b"[1]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b'{"a": NaN}', "not_json"),
        (b'{"a": "\xff\xfe"}', "not_json"),
        (b'{"a": "\\ud800"}', "not_json"),
        (b'{"a": "' + b"x" * MAX_ROW_BYTES + b'"}', "row_too_long"),
    ],
)
def test_a_bad_jsonl_line_is_refused_and_reading_goes_on(line: bytes, code: str) -> None:
    first, second, third = rows_of(b'{"a": 1}\n' + line + b'\n{"a": 3}\n', RowFormat.JSONL)

    assert (first, third) == (Row(1, {"a": 1}), Row(3, {"a": 3}))
    assert isinstance(second, Refusal)
    assert (second.number, second.code) == (2, code)
    assert len(second.content) <= 500


def test_csv_rows_have_the_line_where_they_start() -> None:
    data = '\ufeffid,text\n1,"two\nlines"\n\n2,é\n'.encode()
    assert rows_of(data, RowFormat.CSV) == [Row(2, {"id": "1", "text": "two\nlines"}), Row(5, {"id": "2", "text": "é"})]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"1", "wrong_field_count"),
        (b"1,2,3", "wrong_field_count"),
        (b"1,\xff", "not_utf8"),
        (b'1,"a"b', "not_csv"),
        (b"1," + b"x" * MAX_ROW_BYTES, "row_too_long"),
        (b"1," * (3 * MAX_ROW_BYTES // 2), "row_too_long"),
    ],
)
def test_a_bad_csv_row_is_refused_and_reading_goes_on(line: bytes, code: str) -> None:
    rows = rows_of(b"id,text\n0,a\n" + line + b"\n9,z\n", RowFormat.CSV)

    assert rows[0] == Row(2, {"id": "0", "text": "a"})
    assert rows[-1].number >= 4
    assert isinstance(rows[-1], Row)
    assert rows[-1].fields == {"id": "9", "text": "z"}
    assert isinstance(rows[1], Refusal)
    assert (rows[1].number, rows[1].code) == (3, code)


@pytest.mark.parametrize("header", [b"\n", b"a,a\n", b"a,\n", b"\xff,a\n"])
def test_a_csv_file_without_a_proper_header_is_refused_whole(header: bytes) -> None:
    with pytest.raises(ImportRefusedError, match="expected a header in line 1"):
        rows_of(header + b"1,2\n", RowFormat.CSV)


def test_parquet_rows_are_numbered_from_one() -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": ["a", "b"], "tags": [["x"], []]}), buffer)
    assert rows_of(buffer.getvalue(), RowFormat.PARQUET) == [
        Row(1, {"id": "a", "tags": ["x"]}),
        Row(2, {"id": "b", "tags": []}),
    ]


def test_what_is_no_parquet_is_refused_whole() -> None:
    with pytest.raises(ImportRefusedError, match="expected a Parquet file"):
        rows_of(b"id,text\n", RowFormat.PARQUET)


def test_gzip_is_seen_whatever_the_name_says() -> None:
    assert rows_of(gzip.compress(b'{"a": 1}\n'), RowFormat.JSONL) == [Row(1, {"a": 1})]


def test_a_gzip_file_cut_short_says_up_to_which_row_it_could_be_read() -> None:
    whole = gzip.compress(b"".join(b'{"a": %d}\n' % n for n in range(100_000)))
    rows: list[Row | Refusal] = []
    with pytest.raises(ImportRefusedError, match="damaged or cut short after row") as caught:
        rows.extend(read_rows(io.BytesIO(whole[: len(whole) // 2]), RowFormat.JSONL))
    assert len(rows) > 1000
    assert f"after row {len(rows)}:" in str(caught.value)


class Endless(io.RawIOBase):
    """A file of `n` like rows that never stands in memory as a whole."""

    def __init__(self, head: bytes, row: bytes, n: int) -> None:
        self._blocks: Iterator[bytes] = iter([head, *(row * 100 for _ in range(n // 100))])
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self._left = self._left or next(self._blocks, b"")
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


@pytest.mark.parametrize(
    ("row_format", "head", "row"),
    [(RowFormat.JSONL, b"", b'{"id": "x", "text": "some words"}\n'), (RowFormat.CSV, b"id,text\n", b"x,some words\n")],
)
def test_reading_takes_the_same_memory_for_four_times_the_rows(row_format: RowFormat, head: bytes, row: bytes) -> None:
    def peak(n: int) -> int:
        stream = cast("BinaryIO", Endless(head, row, n))
        tracemalloc.start()
        assert sum(1 for _ in read_rows(stream, row_format)) == n
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)
    # 4n rows are 30,000 rows more, of at least 13 bytes: 390 kB, if they were kept.
    assert peak(40_000) < peak(10_000) + 100_000
