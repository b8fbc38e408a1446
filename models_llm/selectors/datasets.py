"""Items of a project with what raters said of them, read for a data set in blocks from one snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet, TextField
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import MD5, Cast, Collate

from annotations.choices import ProjectKind, RaterKind
from annotations.models import Batch, Item, Project, Rater, Rubric
from annotations.rubrics import MISSING
from annotations.sentences import sentence as _
from models_llm.calibration import Calibrator
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
from models_llm.models import Calibration
from models_llm.selectors.calibrations import calibrator_of
from models_llm.selectors.dataset_calibrations import calibrated_probabilities, find_calibrations
from models_llm.selectors.dataset_chances import Chances, newest_draw, of_any_draw, read_chances

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

Horizon = dict[str, int]
"""The newest row of each table that a data set rests on. All of these tables only ever grow, so what stood there at a
horizon can be read again later."""
DRAWS: Final = "draws"
"""The table whose horizon is the newest draw. Manifests without it are older, and count only the draw that brought an
item."""
NO_HORIZON: Final[Horizon] = dict.fromkeys(("items", "judgements", "gold", "queue"), 2**63 - 1)


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


@dataclass(frozen=True)
class Source:
    """A query with everything looked up that it names.

    Attributes:
        query: as asked, but with the versions of rubric and judge and the calibrations that were newest written out.
        judges: raters of the judges of `plan.judges`, in the same order.
        people: raters that are people, by id.
        calibrations: of the judges that have one, by their position; empty unless the query wants them applied.
        newest_draw: the last draw that counts for how likely an item was to be selected; None where only the draw does
            that brought it.
        horizon: read the tables as they were then; None: as they are.
    """

    project: Project
    query: Query
    shape: ShapeSpec
    rubric: Rubric
    plan: Plan
    judges: tuple[Rater, ...]
    people: dict[int, Rater]
    calibrations: dict[int, Calibration] = field(default_factory=dict)
    newest_draw: int | None = None
    horizon: Horizon | None = None

    @property
    def limits(self) -> Horizon:
        return self.horizon or NO_HORIZON


def find_source(project: Project, query: Query, horizon: Horizon | None = None) -> Source:
    """Look up what a query names.

    Args:
        horizon: of an earlier reading that is to be repeated.
    Raises: DatasetError, if it names a judge or calibration that is not there, needs one and there is none, or can give
        no rows.
    """
    shape = find_shape(query.shape)
    rubric = _find_rubric(project, query.rubric)
    judges = _judges(project)
    chosen = None if query.judge is None else _find_judge(judges, query.judge)
    if query.labels != Labels.PEOPLE and chosen is None:
        raise DatasetError(
            _("labels “%(labels)s” need a judge; there are %(known)s", labels=query.labels, known=_names(judges))
        )
    if chosen is not None:
        judges = [chosen]
    elif shape.is_training:
        judges = []
    limit = shape.max_per_prompt if query.max_per_prompt is None else query.max_per_prompt or None
    plan = Plan(
        kind=ProjectKind(project.kind),
        rubric=rubric.spec(),
        labels=query.labels,
        judges=tuple(name for name, _rater in judges),
        decider=None if query.labels == Labels.PEOPLE else 0,
        max_per_prompt=limit,
        is_calibrated=query.is_calibrated,
    )
    shape.check(plan)
    raters = tuple(rater for _, rater in judges)
    calibrations = find_calibrations(raters, rubric, chosen=query.calibrations) if query.is_calibrated else {}
    people = project.raters.exclude(kind=RaterKind.JUDGE).order_by("pk")
    return Source(
        project=project,
        query=replace(
            query,
            rubric=rubric.version,
            judge=None if chosen is None else str(chosen[0]),
            calibrations=tuple(one.pk for one in calibrations.values()) if query.is_calibrated else None,
        ),
        shape=shape,
        rubric=rubric,
        plan=plan,
        judges=raters,
        people={rater.pk: rater for rater in people},
        calibrations=calibrations,
        newest_draw=newest_draw(project) if horizon is None else horizon.get(DRAWS),
        horizon=horizon,
    )


def list_judges(project: Project) -> list[JudgeName]:
    """Judges whose verdicts a data set can rest on, by name and version."""
    return [name for name, _ in _judges(project)]


def count_items(source: Source) -> int:
    return _selected(source).count()


def read_blocks(source: Source, reading: Reading, *, at_most: int | None = None) -> Iterator[Block]:
    """The selected items in the shape's order; memory is that of one block, and of the chances of all
    items after a second draw.

    Args:
        reading: counts whose judgements were read and why others were not.
        at_most: stop after so many items.
    """
    batches = {batch.pk: batch for batch in source.project.batches.only("producer", "round")}
    ids = _selected(source).order_by(*_order(source)).values_list("pk", flat=True).iterator(chunk_size=BLOCK_ITEMS)
    wanted = islice(ids, at_most)
    calibrators = {position: calibrator_of(one) for position, one in source.calibrations.items()}
    chances = read_chances(source.project, source.newest_draw)
    if source.newest_draw is not None:
        reading.see(DRAWS, [source.newest_draw])
    while chosen := list(islice(wanted, BLOCK_ITEMS)):
        yield _read_block(source, reading, chosen, batches, calibrators, chances)


def _find_rubric(project: Project, version: int | None) -> Rubric:
    if version is None:
        return project.current_rubric()
    rubric = project.rubrics.filter(version=version).first()
    if rubric is None:
        raise DatasetError(
            _(
                "expected a rubric version from 1 to %(newest)s of this project, got %(came)s",
                newest=project.current_rubric().version,
                came=version,
            )
        )
    return rubric


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
        raise DatasetError(
            _(
                "expected a judge of this project, got “%(wanted)s”; there are %(known)s",
                wanted=wanted,
                known=_names(judges),
            )
        )
    return found[-1]


def _names(judges: Sequence[tuple[JudgeName, Rater]]) -> str:
    return ", ".join(str(name) for name, _rater in judges) or _("none yet")


def _selected(source: Source) -> QuerySet[Item]:
    items = Item.objects.filter(project=source.project, pk__lte=source.limits["items"])
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
