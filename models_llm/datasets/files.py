"""Data files of a data set: Parquet or JSONL, in parts, with the same bytes for the same rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import orjson

from models_llm.choices import FileFormat

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_FILE: Final = 1_000_000
COMPRESSION: Final = "zstd"
COMPRESSION_LEVEL: Final = 1


@dataclass(frozen=True)
class DataFile:
    """One file of a data set; `rows` is None for a file that holds no rows, such as the card."""

    path: str
    sha256: str
    bytes: int
    rows: int | None = None


def write_tables(
    folder: Path,
    file_format: FileFormat,
    tables: Iterable[pa.Table],
    schema: pa.Schema,
    *,
    rows_per_file: int = ROWS_PER_FILE,
) -> list[DataFile]:
    """Write tables into `folder/data`, each as one group of rows, and describe the files.

    Args:
        rows_per_file: the table that brings a file to this many rows is its last.
    Returns: the files, named `train-00000-of-00001.parquet` and so on; one without rows where there are none.
    """
    parts = _Parts(folder / "data", file_format, schema, rows_per_file)
    for table in tables:
        parts.write(table)
    return [describe_file(folder, path, rows) for path, rows in parts.close()]


def describe_file(folder: Path, path: Path, rows: int | None = None) -> DataFile:
    """A file as the manifest lists it, its path relative to the data set's folder."""
    return DataFile(path.relative_to(folder).as_posix(), digest_file(path), path.stat().st_size, rows)


def digest_file(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class _PartWriter(Protocol):
    def write(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


class _Parts:
    """Files in a row. Their names say how many there are, so they are named when the last is closed."""

    def __init__(self, folder: Path, file_format: FileFormat, schema: pa.Schema, rows_per_file: int) -> None:
        self._folder = folder
        self._format = file_format
        self._schema = schema
        self._rows_per_file = rows_per_file
        self._rows: list[int] = []
        folder.mkdir(parents=True)
        self._writer = self._open_next()

    def write(self, table: pa.Table) -> None:
        if self._rows[-1] >= self._rows_per_file:
            self._writer.close()
            self._writer = self._open_next()
        self._writer.write(table)
        self._rows[-1] += table.num_rows

    def close(self) -> list[tuple[Path, int]]:
        self._writer.close()
        n = len(self._rows)
        return [
            (self._part(i).rename(self._folder / f"train-{i:05d}-of-{n:05d}.{self._format}"), rows)
            for i, rows in enumerate(self._rows)
        ]

    def _open_next(self) -> _PartWriter:
        self._rows.append(0)
        part = self._part(len(self._rows) - 1)
        return _ParquetPart(part, self._schema) if self._format == FileFormat.PARQUET else _JsonlPart(part)

    def _part(self, number: int) -> Path:
        return self._folder / f"part-{number:05d}"


class _ParquetPart:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression=COMPRESSION,
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=True,
            version="2.6",
            store_schema=True,
        )

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))

    def close(self) -> None:
        self._writer.close()


class _JsonlPart:
    def __init__(self, path: Path) -> None:
        self._handle = path.open("wb")

    def write(self, table: pa.Table) -> None:
        self._handle.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in table.to_pylist())

    def close(self) -> None:
        self._handle.close()
