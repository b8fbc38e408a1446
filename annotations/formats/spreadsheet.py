"""CSV that a spreadsheet opens, row after row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what the CSV writer writes."""

    def write(self, line: str) -> str:
        return line


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a file, made as they are asked for; None is an empty cell, and no text is a formula."""
    writer = csv.writer(_Echo())
    yield writer.writerow([harmless(name) for name in header])
    for row in rows:
        yield writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: what came from outside may hold anything."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
