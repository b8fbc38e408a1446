"""Items of a project with what raters said of them, read for a data set in blocks from one snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet, TextField
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import MD5, Cast, Collate

from annotations.choices import Outcome, ProjectKind, RaterKind, Visible
from annotations.models import Batch, Item, Project, Rater, Rubric
from annotations.rubrics import MISSING
from models_llm.choices import Labels
from models_llm.datasets import (
    Annotations,
    Block,
    IntArray,
    JudgeName,
    LevelArray,
    Order,
    Plan,
    Query,
    ShapeSpec,
    Verdicts,
    find_shape,
)
from models_llm.errors import DatasetError

BLOCK_ITEMS: Final = 4096

_ITEMS = """
SELECT i.external_id, i."group", i.context::text, i.candidates::text, i.slices::text, i.batch_id, q.probability,
       EXISTS (SELECT 1 FROM annotations_gold g WHERE g.item_id = i.id)
FROM unnest(%s::bigint[]) WITH ORDINALITY AS chosen(id, place)
JOIN annotations_item i ON i.id = chosen.id
LEFT JOIN annotations_queueditem q ON q.item_id = i.id
ORDER BY chosen.place
"""
# Levels come as text: there are few different ones, so reading each kind once is cheaper than an array per row.
_JUDGEMENTS = """
SELECT chosen.place - 1, j.rater_id, j.rubric_id = %(rubric)s, j.outcome, j.visible, j.levels::text,
       CASE WHEN j.rater_id = ANY(%(judges)s) THEN j.rationale END{rationales}
FROM unnest(%(items)s::bigint[]) WITH ORDINALITY AS chosen(id, place)
JOIN annotations_judgement j ON j.item_id = chosen.id AND j.superseded_at IS NULL
WHERE j.rater_id = ANY(%(raters)s)
ORDER BY chosen.place, array_position(%(raters)s::bigint[], j.rater_id)
"""
_RATIONALE = ", CASE WHEN j.rater_id = ANY(%(judges)s) THEN j.rationales[{place}] END"


@dataclass
class Reading:
    """Whose judgements were read, and which were left out, counted block by block."""

    judgements: Counter[int] = field(default_factory=Counter)
    """Judgements that count, by rater id."""
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Source:
    """A query with everything looked up that it names.

    Attributes:
        judges: raters of the judges of `plan.judges`, in the same order.
        people: raters that are people, by id.
    """

    project: Project
    query: Query
    shape: ShapeSpec
    rubric: Rubric
    plan: Plan
    judges: tuple[Rater, ...]
    people: dict[int, Rater]


@contextmanager
def snapshot() -> Iterator[None]:
    """Let every query inside see the database as it is now.

    Inside a transaction of the caller's, that one's isolation holds.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # A block is looked up by its items' keys. Left alone, the planner takes a block of 4096 for reason enough
            # to read and hash the whole table, once per block.
            cursor.execute("SET LOCAL enable_hashjoin = off")
            cursor.execute("SET LOCAL enable_mergejoin = off")
        yield


def find_source(project: Project, query: Query) -> Source:
    """Look up what a query names.

    Raises: DatasetError, if it names a judge that is not there, needs one and names none, or can give no rows.
    """
    shape = find_shape(query.shape)
    rubric = project.current_rubric()
    judges = _judges(project)
    chosen = None if query.judge is None else _find_judge(judges, query.judge)
    if query.labels != Labels.PEOPLE and chosen is None:
        raise DatasetError(f"labels “{query.labels}” need a judge; there are {_names(judges)}")
    if chosen is not None:
        judges = [chosen]
    elif shape.is_training:
        judges = []
    limit = shape.max_per_prompt if query.max_per_prompt is None else query.max_per_prompt or None
    plan = Plan(
        kind=ProjectKind(project.kind),
        rubric=rubric.spec(),
        labels=query.labels,
        judges=tuple(name for name, _ in judges),
        decider=None if query.labels == Labels.PEOPLE else 0,
        max_per_prompt=limit,
    )
    shape.check(plan)
    people = project.raters.exclude(kind=RaterKind.JUDGE).order_by("pk")
    return Source(
        project=project,
        query=query,
        shape=shape,
        rubric=rubric,
        plan=plan,
        judges=tuple(rater for _, rater in judges),
        people={rater.pk: rater for rater in people},
    )


def list_judges(project: Project) -> list[JudgeName]:
    """Judges whose verdicts a data set can rest on, by name and version."""
    return [name for name, _ in _judges(project)]


def count_items(source: Source) -> int:
    return _selected(source).count()


def read_blocks(source: Source, reading: Reading, *, at_most: int | None = None) -> Iterator[Block]:
    """The selected items in the shape's order; memory is that of one block.

    Args:
        reading: counts whose judgements were read and why others were not.
        at_most: stop after so many items.
    """
    batches = {batch.pk: batch for batch in source.project.batches.only("producer", "round")}
    ids = _selected(source).order_by(*_order(source)).values_list("pk", flat=True).iterator(chunk_size=BLOCK_ITEMS)
    wanted = islice(ids, at_most)
    while chosen := list(islice(wanted, BLOCK_ITEMS)):
        yield _read_block(source, reading, chosen, batches)


def _judges(project: Project) -> list[tuple[JudgeName, Rater]]:
    """Every judge of a project by name and version, also those that only an import knows."""
    raters = (
        project.raters.filter(kind=RaterKind.JUDGE)
        .select_related("judge_version__judge")
        .defer("judge_version__artifact")
    )
    return sorted(((_judge_name(rater), rater) for rater in raters), key=lambda pair: _sort_key(pair[0]))


def _judge_name(rater: Rater) -> JudgeName:
    version = getattr(rater, "judge_version", None)
    return JudgeName(rater.name) if version is None else JudgeName(version.judge.name, version.number)


def _sort_key(name: JudgeName) -> tuple[bytes, int]:
    return name.name.encode(), name.version or 0


def _find_judge(judges: Sequence[tuple[JudgeName, Rater]], wanted: str) -> tuple[JudgeName, Rater]:
    """The judge of that name; without a version, its newest."""
    found = [pair for pair in judges if wanted in (str(pair[0]), pair[0].name)]
    if not found:
        raise DatasetError(f"expected a judge of this project, got “{wanted}”; there are {_names(judges)}")
    return found[-1]


def _names(judges: Sequence[tuple[JudgeName, Rater]]) -> str:
    return ", ".join(str(name) for name, _ in judges) or "none yet"


def _selected(source: Source) -> QuerySet[Item]:
    items = Item.objects.filter(project=source.project)
    for number, (key, value) in enumerate(source.query.slices):
        items = items.annotate(**{f"slice_{number}": KeyTextTransform(key, "slices")}).filter(
            **{f"slice_{number}": value}
        )
    return items


def _order(source: Source) -> list[Combinable | OrderBy]:
    by_id = Collate("external_id", "C")
    same_context = MD5(Cast("context", TextField()))
    match source.shape.order(source.plan):
        case Order.BY_ID:
            return [by_id]
        case Order.EQUAL_TOGETHER:
            return [same_context, MD5(Cast("candidates", TextField())), by_id]
        case Order.GROUP_TOGETHER:
            return [same_context, Collate("group", "C").asc(nulls_first=True), by_id]


def _read_block(source: Source, reading: Reading, chosen: list[int], batches: dict[int, Batch]) -> Block:
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [chosen])
        columns = [list(column) for column in zip(*cursor.fetchall(), strict=True)]
        judges = [rater.pk for rater in source.judges]
        raters = [*source.people, *judges]
        rationales = "".join(_RATIONALE.format(place=place + 1) for place in range(source.rubric.n_criteria))
        cursor.execute(
            _JUDGEMENTS.format(rationales=rationales),
            {"rubric": source.rubric.pk, "judges": judges, "items": chosen, "raters": raters},
        )
        annotations, verdicts = _split(source, reading, [_Row._make((*row[:7], row[7:])) for row in cursor.fetchall()])
    external_ids, groups, contexts, candidates, slices, batch_ids, probabilities, is_gold = columns
    return Block(
        external_ids=external_ids,
        groups=groups,
        contexts=contexts,
        candidates=candidates,
        slices=slices,
        producers=[batches[pk].producer for pk in batch_ids],
        rounds=[batches[pk].round for pk in batch_ids],
        is_gold=is_gold,
        probabilities=probabilities,
        annotations=annotations,
        verdicts=verdicts,
    )


class _Row(NamedTuple):
    """A live judgement as `_JUDGEMENTS` gives it; `item` is the item's position in its block."""

    item: int
    rater_id: int
    is_of_rubric: bool
    outcome: str
    visible: str
    levels: str
    rationale: str
    rationales: tuple[str | None, ...]


def _split(source: Source, reading: Reading, rows: Sequence[_Row]) -> tuple[Annotations, Verdicts]:
    """Annotations and verdicts that count; those that do not are counted by reason."""
    judges = {rater.pk: position for position, rater in enumerate(source.judges)}
    annotations: list[_Row] = []
    verdicts: list[_Row] = []
    for row in rows:
        if not row.is_of_rubric:
            reading.left_out["other_rubric"] += 1
        elif row.rater_id in judges:
            verdicts.append(row)
        elif row.visible == Visible.ASSISTED:
            reading.left_out["assisted"] += 1
        elif row.outcome != Outcome.RATED:
            reading.left_out["not_rated"] += 1
        else:
            annotations.append(row)
    annotations = _without_doubled_aggregates(source, reading, annotations)
    reading.judgements.update(row.rater_id for row in annotations)
    reading.judgements.update(row.rater_id for row in verdicts)
    n_criteria = source.rubric.n_criteria
    return (
        Annotations(item=_positions(annotations), levels=_levels(annotations, n_criteria)),
        Verdicts(
            item=_positions(verdicts),
            judge=np.array([judges[row.rater_id] for row in verdicts], dtype=np.int64),
            outcome=[row.outcome for row in verdicts],
            levels=_levels(verdicts, n_criteria),
            rationale=[row.rationale for row in verdicts],
            rationales=[row.rationales for row in verdicts],
        ),
    )


def _without_doubled_aggregates(source: Source, reading: Reading, rows: list[_Row]) -> list[_Row]:
    """A published aggregate of several people counts only where none of them is there in person."""
    aggregates = {pk for pk, rater in source.people.items() if rater.kind == RaterKind.PEOPLE}
    if not aggregates:
        return rows
    in_person = {row.item for row in rows if row.rater_id not in aggregates}
    kept = [row for row in rows if row.rater_id not in aggregates or row.item not in in_person]
    reading.left_out["aggregate_of_people_read"] += len(rows) - len(kept)
    return kept


def _positions(rows: Sequence[_Row]) -> IntArray:
    return np.array([row.item for row in rows], dtype=np.int64)


def _levels(rows: Sequence[_Row], n_criteria: int) -> LevelArray:
    read = {text: _read_levels(text) for text in {row.levels for row in rows}}
    return np.array([read[row.levels] for row in rows], dtype=np.int16).reshape(len(rows), n_criteria)


def _read_levels(text: str) -> list[int]:
    """PostgreSQL's `{0,NULL,2}` as level positions."""
    return [MISSING if level == "NULL" else int(level) for level in text[1:-1].split(",")]
