"""Files in, and CSV out: rows of JSONL, CSV and Parquet, and how they become items, judgements and gold.

`read_rows` gives rows with their numbers, in bounded memory. A reader made by `make_reader` turns each into a
record by a mapping file, or by the platform's own shape where there is none. Whatever cannot go in comes out as
a `Refusal` that says what was expected and what came. Mapping files of published data sets are in `published/`.
"""

from annotations.formats.library import load_mapping_text, published_mappings
from annotations.formats.limits import RowFault, candidates_under
from annotations.formats.mapping import JudgeModel, mapping_kind, read_mapping
from annotations.formats.preview import preview_rows
from annotations.formats.readers import RowReader, make_reader
from annotations.formats.records import (
    GoldRow,
    ItemRow,
    JudgementRecord,
    JudgementRow,
    RaterName,
    RatingRow,
    RationaleRow,
    Record,
    Skipped,
)
from annotations.formats.rows import Refusal, Row, RowFormat, clip, format_of, read_rows
from annotations.formats.spreadsheet import csv_lines

__all__ = [
    "GoldRow",
    "ItemRow",
    "JudgeModel",
    "JudgementRecord",
    "JudgementRow",
    "RaterName",
    "RatingRow",
    "RationaleRow",
    "Record",
    "Refusal",
    "Row",
    "RowFault",
    "RowFormat",
    "RowReader",
    "Skipped",
    "candidates_under",
    "clip",
    "csv_lines",
    "format_of",
    "load_mapping_text",
    "make_reader",
    "mapping_kind",
    "preview_rows",
    "published_mappings",
    "read_mapping",
    "read_rows",
]
