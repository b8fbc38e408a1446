"""Judgements against those that are there: staged in temporary tables, then merged by SQL.

Rows of one judgement may stand far apart in a file, and a file may be larger than memory, so the database groups
them. What a rater says a second time in the same file is refused; what is there already and says the same is left
alone; what says something else becomes a revision.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from annotations.formats import RatingRow, RationaleRow, Refusal
from annotations.sentences import sentence as _
from annotations.services.copying import NULL, as_number, as_text, copy_lines
from annotations.services.imports.chunks import Chunk, EncodedJudgement
from annotations.services.imports.destination import Destination, Stored, find_raters, is_account
from annotations.services.judgements import JUDGEMENT_COLUMNS

_TABLES: Final = """
CREATE TEMP TABLE IF NOT EXISTS staged_judgement (
    row_number bigint, external_id text, rater_id bigint, outcome text, levels smallint[], scores float8[],
    distributions real[], rationale text, rationales text[], seconds float8, visible text
);
CREATE TEMP TABLE IF NOT EXISTS staged_rating (
    row_number bigint, external_id text, rater_id bigint, criterion smallint, level smallint, score float8,
    is_exact boolean, outcome text, rationale text, visible text
);
CREATE TEMP TABLE IF NOT EXISTS staged_rationale (
    row_number bigint, external_id text, rater_id bigint, rationale text
);
CREATE TEMP TABLE IF NOT EXISTS met_judgement (id bigint PRIMARY KEY);
"""


def _composed(message: str, **columns: str) -> str:
    """SQL of the message with the columns' values in its places, by which a catalogue knows the text again."""
    return re.sub(r"%\((\w+)\)s", lambda place: f"' || {columns[place[1]]} || '", f"'{message}'")


_UNKNOWN_ITEM: Final = _composed(
    _("expected the id of an item of this project, got “%(item)s”; import the items first"), item="s.external_id"
)
_REPEATED_RATING: Final = _composed(
    _("expected one rating by a rater on a criterion of an item; row %(row)s has it already"), row="r.first_row"
)
_RATIONALE_OF_NOTHING: Final = _composed(
    _(
        "expected a judgement by “%(rater)s” on item “%(item)s” under the current rubric, to which the reasons belong; "
        "import the ratings first"
    ),
    rater="r.name",
    item="s.external_id",
)
_REPEATED: Final = _composed(
    _("expected one judgement by “%(rater)s” on item “%(item)s”; an earlier row has it already"),
    rater="r.name",
    item="c.external_id",
)

_REFUSE_UNKNOWN_ITEMS: Final = f"""
INSERT INTO annotations_rowrefusal (batch_id, row_number, code, message, content)
SELECT %(batch)s, s.row_number, 'unknown_item',
       {_UNKNOWN_ITEM},
       'item ' || s.external_id
FROM {{table}} s
LEFT JOIN annotations_item i ON i.project_id = %(project)s AND i.external_id = s.external_id
WHERE i.id IS NULL
"""  # noqa: S608  made of our own constants only

_REFUSE_REPEATED_RATINGS: Final = f"""
WITH ranked AS (
    SELECT s.ctid AS place, s.*,
           row_number() OVER (PARTITION BY s.external_id, s.rater_id, s.criterion ORDER BY s.row_number) AS nth,
           first_value(s.row_number) OVER (
               PARTITION BY s.external_id, s.rater_id, s.criterion ORDER BY s.row_number) AS first_row
    FROM staged_rating s
    JOIN annotations_item i ON i.project_id = %(project)s AND i.external_id = s.external_id
), gone AS (
    DELETE FROM staged_rating s USING ranked r WHERE s.ctid = r.place AND r.nth > 1
)
INSERT INTO annotations_rowrefusal (batch_id, row_number, code, message, content)
SELECT %(batch)s, r.row_number, 'duplicate_rating',
       {_REPEATED_RATING},
       'item ' || r.external_id || ', rater ' || a.name
FROM ranked r JOIN annotations_rater a ON a.id = r.rater_id WHERE r.nth > 1
"""  # noqa: S608  made of our own constants only

_REFUSE_RATIONALES_OF_NOTHING: Final = f"""
INSERT INTO annotations_rowrefusal (batch_id, row_number, code, message, content)
SELECT %(batch)s, s.row_number, 'no_judgement',
       {_RATIONALE_OF_NOTHING},
       'item ' || s.external_id || ', rater ' || r.name
FROM staged_rationale s
JOIN annotations_rater r ON r.id = s.rater_id
JOIN annotations_item i ON i.project_id = %(project)s AND i.external_id = s.external_id
LEFT JOIN annotations_judgement j
    ON j.item_id = i.id AND j.rater_id = s.rater_id AND j.superseded_at IS NULL AND j.purpose <> 'second'
    AND j.rubric_id = %(rubric)s
WHERE j.id IS NULL
"""  # noqa: S608  made of our own constants only

# The judgement again with its reasons: from here on it is a revision like any other.
_ADD_RATIONALES: Final = """
INSERT INTO staged_judgement
SELECT s.row_number, s.external_id, s.rater_id, j.outcome, j.levels, j.scores, j.distributions, s.rationale,
       j.rationales, j.seconds, j.visible
FROM staged_rationale s
JOIN annotations_item i ON i.project_id = %(project)s AND i.external_id = s.external_id
JOIN annotations_judgement j
    ON j.item_id = i.id AND j.rater_id = s.rater_id AND j.superseded_at IS NULL AND j.purpose <> 'second'
    AND j.rubric_id = %(rubric)s
"""

_GROUP_RATINGS: Final = """
INSERT INTO staged_judgement
SELECT min(row_number), external_id, rater_id,
       CASE WHEN bool_or(outcome = 'rated') THEN 'rated' ELSE min(outcome) END,
       ARRAY[{levels}]::smallint[],
       CASE WHEN bool_and(is_exact) THEN NULL ELSE ARRAY[{scores}]::float8[] END,
       NULL,
       {rationale},
       {rationales},
       NULL,
       min(visible)
FROM staged_rating GROUP BY external_id, rater_id
"""

_CLASSIFY: Final = """
CREATE TEMP TABLE candidate_judgement ON COMMIT DROP AS
SELECT s.*, i.id AS item_id, j.id AS live_id,
       CASE
           WHEN s.nth > 1 OR j.batch_id = %(batch)s OR m.id IS NOT NULL THEN 'repeated'
           WHEN j.id IS NULL THEN 'new'
           WHEN (j.rubric_id, j.outcome, j.levels, j.scores, j.distributions, j.rationale, j.rationales, j.seconds,
                 j.visible)
                IS NOT DISTINCT FROM
                (%(rubric)s::bigint, s.outcome::varchar, s.levels, s.scores, s.distributions, s.rationale,
                 s.rationales, s.seconds, s.visible::varchar) THEN 'same'
           ELSE 'revision'
       END AS fate
FROM (
    SELECT *, row_number() OVER (PARTITION BY external_id, rater_id ORDER BY row_number) AS nth FROM staged_judgement
) s
JOIN annotations_item i ON i.project_id = %(project)s AND i.external_id = s.external_id
LEFT JOIN annotations_judgement j
    ON j.item_id = i.id AND j.rater_id = s.rater_id AND j.superseded_at IS NULL AND j.purpose <> 'second'
LEFT JOIN met_judgement m ON m.id = j.id
"""

_REFUSE_REPEATED: Final = f"""
INSERT INTO annotations_rowrefusal (batch_id, row_number, code, message, content)
SELECT %(batch)s, c.row_number, 'duplicate_judgement',
       {_REPEATED},
       'item ' || c.external_id || ', rater ' || r.name
FROM candidate_judgement c JOIN annotations_rater r ON r.id = c.rater_id WHERE c.fate = 'repeated'
"""  # noqa: S608  made of our own constants only

# By an array of ids, so that they are looked up: joined, with no statistics of a table that was filled just now, every
# row of it was compared with every revision (2,000 revisions took 80 s).
_SUPERSEDE: Final = """
UPDATE annotations_judgement SET superseded_at = %(now)s
WHERE id = ANY (ARRAY(SELECT live_id FROM candidate_judgement WHERE fate = 'revision'))
"""

_INSERT: Final = f"""
INSERT INTO annotations_judgement
    (item_id, rater_id, {", ".join(JUDGEMENT_COLUMNS)}, rubric_id, batch_id, created_at, supersedes_id)
SELECT item_id, rater_id, {", ".join(JUDGEMENT_COLUMNS)}, %(rubric)s, %(batch)s, %(now)s, live_id
FROM candidate_judgement WHERE fate IN ('new', 'revision') ORDER BY row_number
"""  # noqa: S608  made of our own constants only

_REMEMBER: Final = "INSERT INTO met_judgement SELECT live_id FROM candidate_judgement WHERE fate = 'same'"


def open_stage() -> None:
    """Make this connection's temporary tables, empty."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        cursor.execute("TRUNCATE staged_judgement, staged_rating, staged_rationale, met_judgement")


def close_stage() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged_judgement, staged_rating, staged_rationale, met_judgement")


def stage(to: Destination, chunk: Chunk) -> list[Refusal]:
    """Copy a chunk of judgements, ratings or reasons aside, and return the rows that are refused at once."""
    rows: list[EncodedJudgement | RatingRow | RationaleRow] = [*chunk.judgements, *chunk.ratings, *chunk.rationales]
    find_raters(to, {row.rater for row in rows})
    refusals = chunk.refusals + [is_account(row.number, row.rater) for row in rows if row.rater in to.accounts]
    if chunk.judgements:
        _copy_judgements(to, chunk.judgements)
    if chunk.ratings:
        _copy_ratings(to, chunk)
    if chunk.rationales:
        _copy_rationales(to, chunk.rationales)
    return refusals


def merge_staged(to: Destination) -> Stored:
    """Merge all that was staged; runs inside one transaction."""
    where = {"batch": to.batch.pk, "project": to.project_id, "rubric": to.rubric.pk}
    with connection.cursor() as cursor:
        # Temporary tables are never analysed by themselves, and a plan for an empty table takes ages on a full one.
        cursor.execute("ANALYZE staged_judgement, staged_rating, staged_rationale")
        n_refused = 0
        for table in ("staged_rating", "staged_judgement", "staged_rationale"):
            cursor.execute(_REFUSE_UNKNOWN_ITEMS.format(table=table), where)
            n_refused += cursor.rowcount
        for refusal in (_REFUSE_REPEATED_RATINGS, _REFUSE_RATIONALES_OF_NOTHING):
            cursor.execute(refusal, where)
            n_refused += cursor.rowcount
        cursor.execute(_group_ratings(to.rubric.n_criteria))
        cursor.execute(_ADD_RATIONALES, where)
    stored = _merge(to)
    stored.n_refused += n_refused
    return stored


def merge_repeated(to: Destination, judgements: Sequence[EncodedJudgement]) -> Stored:
    """Merge judgements of items that were there already."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE staged_judgement")
    _copy_judgements(to, judgements)
    return _merge(to)


def _merge(to: Destination) -> Stored:
    where: dict[str, Any] = {
        "batch": to.batch.pk, "project": to.project_id, "rubric": to.rubric.pk, "now": timezone.now(),
    }  # fmt: skip
    stored = Stored()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS candidate_judgement")
        cursor.execute(_CLASSIFY, where)
        cursor.execute(_REFUSE_REPEATED, where)
        stored.n_refused = cursor.rowcount
        cursor.execute(_SUPERSEDE, where)
        cursor.execute(_INSERT, where)
        stored.n_judgements = cursor.rowcount
        cursor.execute(_REMEMBER)
        stored.n_unchanged = cursor.rowcount
    return stored


def _group_ratings(n_criteria: int) -> str:
    def each(expression: str) -> str:
        return ", ".join(f"{expression} FILTER (WHERE criterion = {position})" for position in range(n_criteria))

    one_reason = n_criteria == 1
    texts = ", ".join(f"coalesce(max(rationale) FILTER (WHERE criterion = {n}), '')" for n in range(n_criteria))
    return _GROUP_RATINGS.format(
        levels=each("max(level)"),
        scores=each("max(score)"),
        rationale="max(rationale)" if one_reason else "''",
        rationales="NULL" if one_reason else f"CASE WHEN bool_or(rationale <> '') THEN ARRAY[{texts}] END",
    )


def _copy_judgements(to: Destination, judgements: Sequence[EncodedJudgement]) -> None:
    copy_lines(
        "staged_judgement",
        ("row_number", "external_id", "rater_id", *JUDGEMENT_COLUMNS),
        [
            b"%d\t%b\t%d\t%b\n" % (row.number, as_text(row.external_id), to.raters[row.rater], row.columns)
            for row in judgements
            if row.rater in to.raters
        ],
    )


def _copy_ratings(to: Destination, chunk: Chunk) -> None:
    copy_lines(
        "staged_rating",
        (
            "row_number", "external_id", "rater_id", "criterion", "level", "score", "is_exact", "outcome", "rationale",
            "visible",
        ),
        [
            b"%d\t%b\t%d\t%d\t%b\t%b\t%b\t%b\t%b\t%b\n"
            % (
                row.number,
                as_text(row.external_id),
                to.raters[row.rater],
                row.criterion,
                NULL if row.level is None else b"%d" % row.level,
                as_number(row.score),
                b"t" if row.is_exact else b"f",
                row.outcome.value.encode(),
                as_text(row.rationale),
                row.visible.value.encode(),
            )
            for row in chunk.ratings
            if row.rater in to.raters
        ],
    )  # fmt: skip


def _copy_rationales(to: Destination, rows: Sequence[RationaleRow]) -> None:
    copy_lines(
        "staged_rationale",
        ("row_number", "external_id", "rater_id", "rationale"),
        [
            b"%d\t%b\t%d\t%b\n" % (row.number, as_text(row.external_id), to.raters[row.rater], as_text(row.rationale))
            for row in rows
            if row.rater in to.raters
        ],
    )
