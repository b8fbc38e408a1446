"""The first rows of a file in words, before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Final, NamedTuple, cast

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from annotations.formats import (
    ItemRow,
    JudgementRecord,
    JudgementRow,
    RatingRow,
    RationaleRow,
    Record,
    Refusal,
    RowReader,
    Skipped,
    clip,
    format_of,
    preview_rows,
)
from annotations.rubrics import RubricSpec
from annotations.templatetags.vocabulary import in_words

PREVIEW_ROWS: Final = 10


class PreviewLine(NamedTuple):
    """A row of a file as it would go in; `refusal` says why it would not."""

    number: int
    what: str
    ratings: str
    refusal: str


def preview_lines(
    upload: UploadedFile, reader: RowReader, spec: RubricSpec, n_rows: int = PREVIEW_ROWS
) -> list[PreviewLine]:
    """The first rows of an upload, in words.

    Raises: ImportRefusedError, as `read_rows`.
    """
    stream = cast("BinaryIO", upload.file)
    return [_line(row, spec) for row in preview_rows(stream, format_of(upload.name or ""), reader, n_rows)]


def _line(row: Record | Refusal | Skipped, spec: RubricSpec) -> PreviewLine:
    if isinstance(row, Refusal):
        return PreviewLine(row.number, "", "", row.message)
    if isinstance(row, Skipped):
        return PreviewLine(row.number, _("left out: not selected, or not rated"), "", "")
    if isinstance(row, ItemRow):
        ratings = "; ".join(_ratings(record, spec) for record in row.judgements)
        return PreviewLine(row.number, f"{row.external_id}: {clip(row.candidates)}", ratings, "")
    if isinstance(row, JudgementRow):
        return PreviewLine(row.number, row.external_id, _ratings(row.judgement, spec), "")
    if isinstance(row, RatingRow):
        levels = [row.level if position == row.criterion else None for position in range(len(spec.criteria))]
        said = _level_words(levels, spec) or in_words(row.outcome)
        score = "" if row.score is None else f" ({row.score:g})"
        return PreviewLine(row.number, row.external_id, f"{row.rater.name} · {said}{score}", "")
    if isinstance(row, RationaleRow):
        return PreviewLine(row.number, row.external_id, f"{row.rater.name} · {clip(row.rationale)}", "")
    return PreviewLine(row.number, row.external_id, _level_words(row.levels, spec), "")


def _ratings(record: JudgementRecord, spec: RubricSpec) -> str:
    return f"{record.rater.name} · {_level_words(record.levels, spec) or in_words(record.outcome)}"


def _level_words(levels: Sequence[int | None], spec: RubricSpec) -> str:
    pairs = zip(spec.criteria, levels, strict=True)
    return ", ".join(
        f"{criterion.name}: {criterion.levels[level].label}" for criterion, level in pairs if level is not None
    )
