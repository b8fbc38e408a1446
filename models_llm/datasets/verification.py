"""Whether the files of a data set are what its manifest says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from models_llm.choices import FileFormat
from models_llm.datasets.files import digest_file
from models_llm.datasets.manifest import MANIFEST_NAME, Manifest, describe_schema

ID_COLUMNS: Final = ("external_id", "chosen_id", "rejected_id")
_ROWS_AT_ONCE: Final = 8192


@dataclass(frozen=True)
class Fault:
    """What is wrong with one file."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def verify_files(folder: Path, manifest: Manifest) -> list[Fault]:
    """Compare every file with the manifest: there, of that length, digest, number of rows and columns.

    Returns: what is wrong, by path; nothing where all is as written. Files the manifest does not list are faults.
    """
    faults: list[Fault] = []
    listed = {file["path"]: file for file in manifest["files"]}
    for path, file in sorted(listed.items()):
        faults += _verify_file(folder / path, file, manifest)
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    faults += [Fault(path, "the manifest lists no such file") for path in sorted(found - {MANIFEST_NAME, *listed})]
    n_rows = sum(file["rows"] or 0 for file in listed.values())
    if n_rows != manifest["counts"]["rows"]:
        message = f"counts {manifest['counts']['rows']} rows, its files {n_rows}"
        faults.append(Fault(MANIFEST_NAME, message))
    return faults


def read_ids(folder: Path, manifest: Manifest) -> Iterator[list[str]]:
    """External ids of the items in the data files as they are on disk, some at a time."""
    for file in manifest["files"]:
        if file["rows"] is not None:
            yield from _ids(folder / file["path"])


def _verify_file(path: Path, file: dict[str, Any], manifest: Manifest) -> list[Fault]:
    if not path.is_file():
        return [Fault(file["path"], "is missing")]
    n_bytes = path.stat().st_size
    if n_bytes != file["bytes"]:
        return [Fault(file["path"], f"expected {file['bytes']} bytes, found {n_bytes}")]
    digest = digest_file(path)
    if digest != file["sha256"]:
        return [Fault(file["path"], f"expected SHA-256 {file['sha256']}, found {digest}")]
    if file["rows"] is None:
        return []
    expected = [column["name"] for column in manifest["schema"]]
    if manifest["query"]["format"] == FileFormat.PARQUET:
        n_rows, fault = _measure_parquet(path, manifest["schema"])
    else:
        n_rows, fault = _measure_jsonl(path, expected)
    faults = [] if fault is None else [Fault(file["path"], fault)]
    if n_rows != file["rows"]:
        faults.append(Fault(file["path"], f"expected {file['rows']} rows, found {n_rows}"))
    return faults


def _measure_parquet(path: Path, expected: list[dict[str, Any]]) -> tuple[int, str | None]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as parquet:
        same = describe_schema(parquet.schema_arrow) == expected
        return parquet.metadata.num_rows, None if same else "its columns are not those of the manifest"


def _measure_jsonl(path: Path, expected: list[str]) -> tuple[int, str | None]:
    n_rows = 0
    for n_rows, row in enumerate(_lines(path), start=1):
        if list(row) != expected:
            return n_rows, f"line {n_rows}: its fields are not the columns of the manifest"
    return n_rows, None


def _ids(path: Path) -> Iterator[list[str]]:
    if path.suffix == f".{FileFormat.JSONL}":
        for row in _lines(path):
            yield [row[column] for column in ID_COLUMNS if column in row]
        return
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as parquet:
        columns = [name for name in parquet.schema_arrow.names if name in ID_COLUMNS]
        for batch in parquet.iter_batches(columns=columns, batch_size=_ROWS_AT_ONCE):
            yield [external_id for column in batch.columns for external_id in column.to_pylist()]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as handle:
        for line in handle:
            yield orjson.loads(line)
