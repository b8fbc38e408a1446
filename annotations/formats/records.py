"""What a row of a file says, once its fields have been found: items, judgements, single ratings, gold."""

from __future__ import annotations

from typing import Any, NamedTuple

from annotations.choices import Outcome, RaterKind, Visible


class RaterName(NamedTuple):
    kind: RaterKind
    name: str


class JudgementRecord(NamedTuple):
    """One rater's whole judgement of one item.

    Attributes:
        levels: level positions in the order of the rubric's criteria, None where not rated.
        scores: the reals as the rater gave them, in the same order; None where the levels say all.
        distributions: probabilities over the levels, criterion after criterion.
        rationales: one text per criterion, empty where there is none.
        seconds: time the rater took.
    """

    rater: RaterName
    outcome: Outcome
    levels: tuple[int | None, ...]
    scores: tuple[float | None, ...] | None = None
    distributions: tuple[float, ...] | None = None
    rationale: str = ""
    rationales: tuple[str, ...] | None = None
    seconds: float | None = None
    visible: Visible = Visible.UNKNOWN


class ItemRow(NamedTuple):
    """One item, with the judgements of it that stand in the same row."""

    number: int
    external_id: str
    context: dict[str, Any]
    candidates: list[dict[str, Any]]
    slices: dict[str, str]
    group: str | None
    judgements: tuple[JudgementRecord, ...]


class JudgementRow(NamedTuple):
    number: int
    external_id: str
    judgement: JudgementRecord


class RatingRow(NamedTuple):
    """One rating of one criterion: a row of a table in long form.

    Attributes:
        level: position, None if the score is off the scale or the outcome is not RATED.
        score: the number as given where the mapping takes reals, else None.
        is_exact: whether the level says all that the score says.
    """

    number: int
    external_id: str
    rater: RaterName
    criterion: int
    level: int | None
    score: float | None
    is_exact: bool
    outcome: Outcome
    rationale: str
    visible: Visible


class RationaleRow(NamedTuple):
    """Reasons for a judgement that is there already."""

    number: int
    external_id: str
    rater: RaterName
    rationale: str


class GoldRow(NamedTuple):
    number: int
    external_id: str
    levels: tuple[int | None, ...]


class Skipped(NamedTuple):
    """A row that is left out on purpose, such as one that the mapping does not select."""

    number: int


Record = ItemRow | JudgementRow | RatingRow | RationaleRow | GoldRow
