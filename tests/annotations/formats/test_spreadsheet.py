"""CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from annotations.formats import csv_lines


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_text_is_a_formula(text: str) -> None:
    [header, row] = csv.reader(io.StringIO("".join(csv_lines([text], [[text]])), newline=""))
    assert header == row == [f"'{text}"]


def test_texts_numbers_and_nothing_come_back_as_they_were() -> None:
    lines = "".join(csv_lines(["a", "b", "c"], [['with "quotes", and\nlines', -1.5, None]]))
    assert list(csv.reader(io.StringIO(lines, newline=""))) == [
        ["a", "b", "c"], ['with "quotes", and\nlines', "-1.5", ""]
    ]  # fmt: skip


def test_lines_are_made_as_they_are_asked_for() -> None:
    def rows() -> Iterator[list[object]]:
        yield ["first"]
        raise AssertionError("nobody asked for the second")

    lines = csv_lines(["a"], rows())
    assert [next(lines), next(lines)] == ["a\r\n", "first\r\n"]
