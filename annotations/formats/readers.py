"""The reader of a file: by its mapping, or by the platform's own shape."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from annotations.choices import BatchKind
from annotations.errors import MappingError
from annotations.formats.mapped import MappedReader
from annotations.formats.mapping import read_mapping
from annotations.formats.native import NativeReader
from annotations.formats.records import Record, Skipped
from annotations.formats.rows import Refusal, Row
from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _


class RowReader(Protocol):
    """Turns rows into records, one at a time.

    Attributes:
        kind: of all its records.
        unmapped: how many values had no level and how many rows were not meant, by reason.
    """

    kind: BatchKind
    unmapped: Counter[str]

    def read(self, row: Row) -> Record | Refusal | Skipped: ...


def make_reader(*, kind: BatchKind, mapping: str, source: str, rubric: RubricSpec) -> RowReader:
    """The reader for files of a kind.

    Args:
        mapping: text of a mapping file; empty for the platform's own shape.
        source: name of the mapping file, for messages.
    Raises: MappingError, naming file and line, or if the mapping is of another kind.
    """
    if not mapping:
        return NativeReader(kind, rubric)
    read = read_mapping(mapping, source=source, rubric=rubric)
    if read.kind is not kind:
        raise MappingError(
            _(
                "%(source)s: expected a mapping of kind “%(kind)s”, got one of “%(came)s”",
                source=source,
                kind=kind,
                came=read.kind,
            )
        )
    return MappedReader(read, rubric)
