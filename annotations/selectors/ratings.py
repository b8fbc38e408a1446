"""Live judgements as arrays, fast enough to be counted anew on every request."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from psycopg import sql

from annotations.agreement import OUTCOMES, RaterFacts, Ratings
from annotations.choices import Outcome, RaterKind
from annotations.estimation import FloatArray, IntArray
from annotations.models import Project, Rater, Rubric
from annotations.rubrics import RubricSpec
from annotations.selectors.arrays import array_in, copied_rows

# One row a rater and outcome, its judgements as arrays: 400,000 judgements in 0.15 s, a tenth of the time of a
# row each. `array_replace` leaves no nulls, so that every element has the same width.
_QUERY = """
    COPY (
        SELECT rater_id::int8, outcome::text, visible = 'assisted',
            array_agg(item_id), array_agg(array_replace(levels, NULL, -1::int2)),
            array_agg(item_id) FILTER (WHERE scores IS NOT NULL),
            array_agg(array_replace(scores, NULL, 'NaN'::float8)) FILTER (WHERE scores IS NOT NULL)
        FROM annotations_judgement
        WHERE superseded_at IS NULL AND purpose = 'work' AND rubric_id = {rubric} AND rater_id = ANY({raters}){items}
        GROUP BY 1, 2, 3
    ) TO STDOUT (FORMAT BINARY)
"""
_ITEMS = " AND item_id IN (SELECT id FROM annotations_item WHERE project_id = {project}{conditions})"


@dataclass(frozen=True)
class ItemSlice:
    """Items whose slice `key` has the value `value`."""

    key: str
    value: str

    @classmethod
    def parse(cls, text: str) -> ItemSlice:
        """Read `key=value`.

        Raises: ValueError, saying what was expected.
        """
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise ValueError(f"expected a slice as key=value, got “{text}”")
        return cls(key, value)


def fetch_ratings(
    *,
    project: Project,
    rubric: Rubric | None = None,
    rater_ids: Collection[int] | None = None,
    item_slice: ItemSlice | None = None,
    batch_id: int | None = None,
) -> Ratings:
    """Live judgements of a project under a rubric; three queries, and two for a rubric not read yet.

    Args:
        rubric: the project's current one unless given.
        rater_ids: only these raters.
        item_slice: only items of this slice.
        batch_id: only items that came with this batch.
    """
    rubric = rubric or project.current_rubric()
    raters = Rater.objects.filter(project=project).order_by("kind", "pk")
    if rater_ids is not None:
        raters = raters.filter(pk__in=rater_ids)
    facts = tuple(
        RaterFacts(id=rater.pk, kind=RaterKind(rater.kind), name=rater.name, is_simulated=rater.is_simulated)
        for rater in raters
    )
    query = sql.SQL(_QUERY).format(
        rubric=sql.Literal(rubric.pk),
        raters=sql.Literal([rater.id for rater in facts]),
        items=_item_condition(project, item_slice, batch_id),
    )
    return _ratings(rubric.spec(), facts, list(_groups(query)))


def _item_condition(project: Project, item_slice: ItemSlice | None, batch_id: int | None) -> sql.Composable:
    conditions: list[sql.Composable] = []
    if item_slice is not None:
        key, value = sql.Literal(item_slice.key), sql.Literal(item_slice.value)
        conditions.append(sql.SQL(" AND slices ->> {} = {}").format(key, value))
    if batch_id is not None:
        conditions.append(sql.SQL(" AND batch_id = {}").format(sql.Literal(batch_id)))
    if not conditions:
        return sql.SQL("")
    return sql.SQL(_ITEMS).format(project=sql.Literal(project.pk), conditions=sql.Composed(conditions))


@dataclass(frozen=True)
class _Group:
    """Judgements of one rater with one outcome."""

    rater_id: int
    outcome: Outcome
    is_assisted: bool
    items: IntArray
    levels: IntArray
    scored_items: IntArray
    scores: FloatArray


def _groups(query: sql.Composed) -> Iterator[_Group]:
    for rater, outcome, assisted, items, levels, scored, scores in copied_rows(query):
        yield _Group(
            rater_id=struct.unpack(">q", rater)[0],
            outcome=Outcome(bytes(outcome).decode()),
            is_assisted=assisted == b"\x01",
            items=array_in(items, ">i8", np.int64),
            levels=array_in(levels, ">i2", np.int64),
            scored_items=array_in(scored, ">i8", np.int64),
            scores=array_in(scores, ">f8", np.float64),
        )


def _ratings(rubric: RubricSpec, raters: tuple[RaterFacts, ...], groups: list[_Group]) -> Ratings:
    n_criteria = len(rubric.criteria)
    position = {rater.id: index for index, rater in enumerate(raters)}
    sizes = [len(group.items) for group in groups]

    def each(values: list[int]) -> IntArray:
        return np.repeat(np.array(values, dtype=np.int64), sizes)

    item_ids = np.concatenate([np.empty(0, dtype=np.int64), *(group.items for group in groups)])
    items, item = np.unique(item_ids, return_inverse=True)
    return Ratings(
        rubric=rubric,
        raters=raters,
        items=items,
        item=item.astype(np.int64),
        rater=each([position[group.rater_id] for group in groups]),
        outcome=each([OUTCOMES.index(group.outcome) for group in groups]),
        assisted=each([group.is_assisted for group in groups]).astype(np.bool_),
        levels=np.concatenate([np.empty((0, n_criteria), dtype=np.int64), *(group.levels for group in groups)]),
        scores=np.concatenate([np.empty((0, n_criteria)), *(_scores(group, n_criteria) for group in groups)]),
    )


def _scores(group: _Group, n_criteria: int) -> FloatArray:
    """(n, n_criteria); the scores in the order of the group's items, nan for judgements without."""
    scores = np.full((len(group.items), n_criteria), np.nan)
    if len(group.scored_items):
        scores[np.isin(group.items, group.scored_items)] = group.scores
    return scores
