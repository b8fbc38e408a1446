"""A data set as one file to download."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 18
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time the format knows, so that the same data set gives the same archive."""


def stream_zip(folder: Path, paths: Iterable[str], *, root: str) -> Iterator[bytes]:
    """The archive's bytes, made while they are read; memory does not grow with the files.

    Args:
        paths: files under `folder`; Parquet is compressed already, so nothing is compressed again.
        root: name of the folder that the archive unpacks to.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            entry = zipfile.ZipInfo(f"{root}/{path}", date_time=_NO_TIME)
            entry.external_attr = 0o644 << 16
            with (folder / path).open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
                    yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """Takes what the archive writes and gives it on. It cannot seek, so sizes follow the content."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the archive writes bytes only
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
