"""Items of a project with what raters said of them, read for a data set in blocks from one snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import TextField
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import MD5, Cast, Collate

from annotations.choices import RaterKind
from annotations.models import Batch, Rater
from annotations.rubrics import MISSING
from models_llm.calibration import Calibrator
from models_llm.datasets import Annotations, Block, IntArray, LevelArray, Order, Verdicts
from models_llm.selectors.calibrations import calibrator_of
from models_llm.selectors.dataset_calibrations import calibrated_probabilities
from models_llm.selectors.dataset_chances import Chances, of_any_draw, read_chances
from models_llm.selectors.datasets import DRAWS, NO_HORIZON, Horizon, Source, selected_items

BLOCK_ITEMS: Final = 4096

# A candidate of a group that is ranked was drawn with the item that stands for the group.
_ITEMS = """
SELECT i.external_id, i."group", i.context::text, i.candidates::text, i.slices::text, i.batch_id, q.probability,
       q.position, (SELECT max(g.id) FROM annotations_gold g WHERE g.item_id = i.id AND g.id <= %(gold)s),
       COALESCE(c.queued_id, i.id)
FROM unnest(%(chosen)s::bigint[]) WITH ORDINALITY AS chosen(id, place)
JOIN annotations_item i ON i.id = chosen.id
LEFT JOIN annotations_queuedcandidate c ON c.item_id = i.id
LEFT JOIN annotations_queueditem q ON q.item_id = COALESCE(c.queued_id, i.id) AND q.position <= %(queue)s
ORDER BY chosen.place
"""
# Levels come as text: there are few different ones, so reading each kind once is cheaper than an array per row.
_ANNOTATIONS = """
SELECT j.id, chosen.place - 1, array_position(%(people)s::bigint[], j.rater_id) - 1, j.levels::text,
       CASE WHEN j.rubric_id <> %(rubric)s THEN 1 WHEN j.visible = 'assisted' THEN 2 WHEN j.outcome <> 'rated' THEN 3
            ELSE 0 END
FROM unnest(%(chosen)s::bigint[]) WITH ORDINALITY AS chosen(id, place)
JOIN annotations_judgement j ON j.item_id = chosen.id AND {live}
WHERE j.rater_id = ANY(%(people)s)
"""
_NOT_COUNTED: Final = ("other_rubric", "assisted", "not_rated")
"""Why an annotation does not count, in the order of the cases above."""
_VERDICTS = """
SELECT j.id, chosen.place - 1, array_position(%(judges)s::bigint[], j.rater_id) - 1 AS judge, j.levels::text,
       j.rubric_id = %(rubric)s, j.outcome, j.rationale, {distributions}{rationales}
FROM unnest(%(chosen)s::bigint[]) WITH ORDINALITY AS chosen(id, place)
JOIN annotations_judgement j ON j.item_id = chosen.id AND {live}
WHERE j.rater_id = ANY(%(judges)s)
ORDER BY chosen.place, judge
"""
_LIVE = "j.superseded_at IS NULL AND j.purpose = 'work'"
_LIVE_THEN = """j.id <= %(judgements)s AND NOT EXISTS (
    SELECT 1 FROM annotations_judgement newer
    WHERE newer.item_id = j.item_id AND newer.supersedes_id = j.id AND newer.id <= %(judgements)s
)"""


@dataclass
class Reading:
    """Whose judgements were read, which were left out, and how far the tables went, gathered block by block."""

    judgements: Counter[int] = field(default_factory=Counter)
    """Judgements that count, by rater id."""
    left_out: Counter[str] = field(default_factory=Counter)
    horizon: Horizon = field(default_factory=lambda: dict.fromkeys(NO_HORIZON, 0))

    def see(self, table: str, keys: Iterable[int | None]) -> None:
        """Move the horizon out to these rows."""
        newest = max((key for key in keys if key is not None), default=0)
        self.horizon[table] = max(self.horizon.get(table, 0), newest)


def read_blocks(source: Source, reading: Reading, *, at_most: int | None = None) -> Iterator[Block]:
    """The selected items in the shape's order; memory is that of one block, and of the chances of all
    items after a second draw.

    Args:
        reading: counts whose judgements were read and why others were not.
        at_most: stop after so many items.
    """
    batches = {batch.pk: batch for batch in source.project.batches.only("producer", "round")}
    ids = selected_items(source).order_by(*_order(source)).values_list("pk", flat=True).iterator(chunk_size=BLOCK_ITEMS)
    wanted = islice(ids, at_most)
    calibrators = {position: calibrator_of(one) for position, one in source.calibrations.items()}
    chances = read_chances(source.project, source.newest_draw)
    if source.newest_draw is not None:
        reading.see(DRAWS, [source.newest_draw])
    while chosen := list(islice(wanted, BLOCK_ITEMS)):
        yield _read_block(source, reading, chosen, batches, calibrators, chances)


def _order(source: Source) -> list[Combinable | OrderBy]:
    by_id = Collate("external_id", "C")
    same_context = MD5(Cast("context", TextField()))
    match source.shape.order(source.plan):
        case Order.BY_ID:
            return [by_id]
        case Order.EQUAL_TOGETHER:
            return [same_context, MD5(Cast("candidates", TextField())), by_id]
        case Order.GROUP_TOGETHER:
            return [Collate("group", "C").asc(nulls_first=True), same_context, by_id]


def _read_block(
    source: Source,
    reading: Reading,
    chosen: list[int],
    batches: dict[int, Batch],
    calibrators: Mapping[int, Calibrator],
    chances: Chances | None,
) -> Block:
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, {"chosen": chosen, **source.limits})
        external_ids, groups, contexts, candidates, slices, batch_ids, probabilities, positions, gold, units = _columns(
            cursor, 10
        )
        annotations = _read_annotations(cursor, source, reading, chosen)
        verdicts = _read_verdicts(cursor, source, reading, chosen, calibrators)
    reading.see("items", chosen)
    reading.see("queue", positions)
    reading.see("gold", gold)
    return Block(
        external_ids=external_ids,
        groups=groups,
        contexts=contexts,
        candidates=candidates,
        slices=slices,
        producers=[batches[pk].producer for pk in batch_ids],
        rounds=[batches[pk].round for pk in batch_ids],
        is_gold=[key is not None for key in gold],
        probabilities=of_any_draw(units, probabilities, chances),
        annotations=annotations,
        verdicts=verdicts,
    )


def _read_annotations(cursor: CursorWrapper, source: Source, reading: Reading, chosen: list[int]) -> Annotations:
    people = list(source.people.values())
    values: dict[str, Any] = {"people": [person.pk for person in people], "rubric": source.rubric.pk}
    cursor.execute(_ANNOTATIONS.format(live=_live(source)), {**values, "chosen": chosen, **source.limits})
    keys, items, raters, texts, cases = _columns(cursor, 5)
    reading.see("judgements", keys)
    item, rater, case = (np.array(column, dtype=np.int64) for column in (items, raters, cases))
    for number, reason in enumerate(_NOT_COUNTED, start=1):
        reading.left_out[reason] += int((case == number).sum())
    counts = case == 0
    # A published aggregate of several people counts only where none of them is there in person.
    is_aggregate = np.array([person.kind == RaterKind.PEOPLE for person in people], dtype=bool)
    in_person = np.isin(item, item[counts & ~is_aggregate[rater]])
    doubled = counts & is_aggregate[rater] & in_person
    reading.left_out["aggregate_of_people_read"] += int(doubled.sum())
    kept = np.flatnonzero(counts & ~doubled)
    _count_raters(reading, rater[kept], people)
    levels = _levels([texts[row] for row in kept.tolist()], source.rubric.n_criteria)
    return Annotations(item=item[kept], rater=rater[kept], levels=levels)


def _read_verdicts(
    cursor: CursorWrapper,
    source: Source,
    reading: Reading,
    chosen: list[int],
    calibrators: Mapping[int, Calibrator],
) -> Verdicts:
    n_criteria = source.rubric.n_criteria
    rationales = "".join(f", j.rationales[{place}]" for place in range(1, n_criteria + 1))
    values: dict[str, Any] = {"judges": [judge.pk for judge in source.judges], "rubric": source.rubric.pk}
    distributions = "j.distributions" if calibrators else "NULL"
    cursor.execute(
        _VERDICTS.format(live=_live(source), rationales=rationales, distributions=distributions),
        {**values, "chosen": chosen, **source.limits},
    )
    rows = cursor.fetchall()
    reading.see("judgements", [row[0] for row in rows])
    kept = [row for row in rows if row[4]]
    reading.left_out["other_rubric"] += len(rows) - len(kept)
    _, items, judges, texts, _, outcomes, rationale, shares, *by_criterion = _transpose(kept, 8 + n_criteria)
    judge, item = np.array(judges, dtype=np.int64), np.array(items, dtype=np.int64)
    levels = _levels(texts, n_criteria)
    _count_raters(reading, judge, source.judges)
    return Verdicts(
        item=item,
        judge=judge,
        outcome=outcomes,
        levels=levels,
        rationale=rationale,
        rationales=by_criterion,
        probabilities=calibrated_probabilities(
            calibrators,
            source.plan.rubric,
            item_ids=np.array(chosen, dtype=np.int64)[item],
            judge=judge,
            levels=levels,
            shares=shares,
        ),
    )


def _live(source: Source) -> str:
    return _LIVE if source.horizon is None else _LIVE_THEN


def _columns(cursor: CursorWrapper, n_columns: int) -> list[list[Any]]:
    return _transpose(cursor.fetchall(), n_columns)


def _transpose(rows: Sequence[tuple[Any, ...]], n_columns: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(n_columns)]


def _count_raters(reading: Reading, positions: IntArray, raters: Sequence[Rater]) -> None:
    for rater, n in zip(raters, np.bincount(positions, minlength=len(raters)).tolist(), strict=True):
        reading.judgements[rater.pk] += n


def _levels(texts: list[str], n_criteria: int) -> LevelArray:
    different = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    table = np.array([_read_levels(text) for text in different], dtype=np.int16).reshape(-1, n_criteria)
    return table[[different[text] for text in texts]] if texts else table


def _read_levels(text: str) -> list[int]:
    """PostgreSQL's `{0,NULL,2}` as level positions."""
    return [MISSING if level == "NULL" else int(level) for level in text[1:-1].split(",")]
