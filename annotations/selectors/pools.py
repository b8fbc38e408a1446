"""What items are drawn from: their ids, their slice values and the scores that direct a draw, in a few queries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from psycopg import sql

from annotations.agreement import OUTCOMES, PairAnswer, Ratings, compared_among, ordered_pairs
from annotations.allocation import (
    FloatArray,
    IntArray,
    Pool,
    coverage,
    disagreement,
    largest_of_group,
    root_mean_of_group,
    uncertainty,
)
from annotations.choices import PEOPLE, Order, Outcome, RaterKind
from annotations.models import Item, Judgement, Project, QueuedItem, Rater
from annotations.rubrics import MISSING
from annotations.selectors.arrays import array_in, copied_rows, selected_rows
from annotations.selectors.ratings import fetch_ratings

PRIORITY_SLICE: Final = "priority"
"""Slice whose number puts items first under the order PRIORITY."""

_OF_ALL_CANDIDATES: Final = (Order.PRIORITY, Order.UNCERTAINTY, Order.DISAGREEMENT)
_ROWS_AT_ONCE: Final = 20_000
_DISTRIBUTIONS = """
    COPY (
        SELECT array_agg(item_id), array_agg(distributions)
        FROM annotations_judgement
        WHERE superseded_at IS NULL AND purpose = 'work' AND rubric_id = {rubric} AND rater_id = {judge}
          AND cardinality(distributions) = {n_levels} AND array_position(distributions, NULL) IS NULL
    ) TO STDOUT (FORMAT BINARY)
"""


@dataclass(frozen=True)
class NamedPool:
    """A pool, and the slice values that its groups are numbers of; empty for items without the slice."""

    pool: Pool
    values: tuple[str, ...] = ()


class _Sliced(NamedTuple):
    """Items, ascending by id, with the values of a slice in alphabetical order and the number of each item's."""

    ids: IntArray
    values: tuple[str, ...]
    numbers: IntArray


def read_pool(
    *,
    project: Project,
    items: QuerySet[Item] | None,
    order: Order,
    slice_key: str,
    n: int | None,
    members: Mapping[int, Sequence[int]] | None = None,
) -> NamedPool:
    """The items with what directs a draw of `n` of them now.

    Args:
        items: None means all of the project; those of other projects are left out.
        slice_key: the groups are its values; none where it is empty.
        members: where the items stand for groups that are ranked, the ids of all candidates of each; then a score is of
            the group.
    """
    chosen = (Item.objects.all() if items is None else items).filter(project=project)
    sliced = _sliced(chosen, slice_key) if slice_key else _Sliced(_ids(chosen), (), np.empty(0, dtype=np.int64))
    if members and order in _OF_ALL_CANDIDATES:
        scores: FloatArray | None = _scores_of_groups(project, sliced.ids, members, order)
    else:
        scores = _scores(project, chosen, sliced, order, n)
    groups = sliced.numbers if slice_key else None
    return NamedPool(Pool(ids=sliced.ids, scores=scores, groups=groups), sliced.values)


def pool_again(*, project: Project, item_ids: list[int], scores: list[float] | None, slice_key: str) -> Pool:
    """The pool of a stored draw: items never change, so their slices are read anew."""
    ids = np.array(item_ids, dtype=np.int64)
    kept = None if scores is None else np.array(scores, dtype=np.float64)
    if not slice_key:
        return Pool(ids=ids, scores=kept)
    every = _sliced(Item.objects.filter(project=project), slice_key)
    at, _ = _places(ids, every.ids)
    _, groups = np.unique(every.numbers[at], return_inverse=True)
    return Pool(ids=ids, scores=kept, groups=groups.astype(np.int64))


def _scores(project: Project, items: QuerySet[Item], sliced: _Sliced, order: Order, n: int | None) -> FloatArray | None:
    ids = sliced.ids
    match order:
        case Order.PRIORITY:
            return _priorities(_sliced(items, PRIORITY_SLICE))
        case Order.UNCERTAINTY:
            return _uncertainties(project, ids)
        case Order.DISAGREEMENT:
            return _disagreements(project, ids)
        case Order.COVERAGE:
            asked = _asked(project, ids)
            answers = np.zeros(len(sliced.values))
            np.add.at(answers, sliced.numbers, asked)
            return coverage(sliced.numbers, answers, len(ids) if n is None else n)
        case _:
            return None


def _scores_of_groups(
    project: Project, firsts: IntArray, members: Mapping[int, Sequence[int]], order: Order
) -> FloatArray:
    """Of each group: its most urgent candidate, or how much is open about the places of all of them."""
    n_groups = len(firsts)
    sizes = [len(members[first]) for first in firsts.tolist()]
    ids = np.array([item for first in firsts.tolist() for item in members[first]], dtype=np.int64)
    group = np.repeat(np.arange(n_groups), sizes)
    in_order = np.argsort(ids)
    ids, group = ids[in_order], group[in_order]
    match order:
        case Order.PRIORITY:
            every = _sliced(Item.objects.filter(project=project), PRIORITY_SLICE)
            at, _ = _places(ids, every.ids)
            return largest_of_group(_priorities(every)[at], group, n_groups)
        case Order.UNCERTAINTY:
            return root_mean_of_group(_uncertainties(project, ids) ** 2, group, n_groups)
        case _:
            return _disagreements_on_order(_said_by_judges(project), ids, group, n_groups)


def _disagreements_on_order(ratings: Ratings, ids: IntArray, group: IntArray, n_groups: int) -> FloatArray:
    """Root of the share of pairs of candidates of which two judges say something else, ties included."""
    at, known = _places(ratings.items[ratings.item], ids)
    level, rater = ratings.levels[known, 0], ratings.rater[known]
    ranked = level != MISSING
    compared = compared_among(ordered_pairs(at[ranked], rater[ranked], level[ranked], group[at[ranked]]))
    differing = compared.share_without(PairAnswer.SAME, PairAnswer.BOTH_TIE)
    return root_mean_of_group(differing, compared.pairs.group, n_groups)


def _ids(items: QuerySet[Item]) -> IntArray:
    """Ascending."""
    rows = selected_rows(items.order_by().values("project").annotate(ids=ArrayAgg("pk")).values("ids"))
    return np.sort(_ids_in(rows[0][0])) if rows else np.empty(0, dtype=np.int64)


def _sliced(items: QuerySet[Item], slice_key: str) -> _Sliced:
    """A row a value comes from the database and not one an item: few values stand on many items."""
    value = Coalesce(KeyTextTransform(slice_key, "slices"), Value(""), output_field=TextField())
    rows = selected_rows(items.order_by().values(_value=value).annotate(ids=ArrayAgg("pk")).values("_value", "ids"))
    by_value = sorted((bytes(text).decode(), _ids_in(ids)) for text, ids in rows)
    ids = np.concatenate([np.empty(0, dtype=np.int64), *(of for _, of in by_value)])
    numbers = np.repeat(np.arange(len(by_value)), [len(of) for _, of in by_value])
    in_order = np.argsort(ids)
    return _Sliced(ids[in_order], tuple(text for text, _ in by_value), numbers[in_order])


def _ids_in(field: memoryview) -> IntArray:
    ids: IntArray = array_in(field, ">i8", np.int64)
    return ids


def _priorities(priorities: _Sliced) -> FloatArray:
    numbers = np.fromiter(map(_number, priorities.values), dtype=np.float64, count=len(priorities.values))
    return numbers[priorities.numbers]


def _number(text: str) -> float:
    """A number that a slice holds; 0 for anything else."""
    try:
        number = float(text or 0)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _uncertainties(project: Project, ids: IntArray) -> FloatArray:
    """By the judge that came last and has said how likely each level is."""
    rubric = project.current_rubric()
    said = Judgement.objects.live().filter(rater=OuterRef("pk"), rubric=rubric, distributions__isnull=False)
    judges = Rater.objects.filter(Exists(said), project=project, kind=RaterKind.JUDGE)
    judge = judges.order_by("-pk").values_list("pk", flat=True).first()
    scores = np.full(len(ids), np.nan)
    if judge is None:
        return scores
    n_levels = [len(criterion.levels) for criterion in rubric.spec().criteria]
    query = sql.SQL(_DISTRIBUTIONS).format(
        rubric=sql.Literal(rubric.pk), judge=sql.Literal(judge), n_levels=sql.Literal(sum(n_levels))
    )
    [(items, distributions)] = copied_rows(query)
    found = array_in(items, ">i8", np.int64)
    shares = array_in(distributions, ">f4", np.float64).reshape(len(found), sum(n_levels))
    at, known = _places(found, ids)
    scores[at] = uncertainty(shares[known], n_levels)
    return scores


def _disagreements(project: Project, ids: IntArray) -> FloatArray:
    ratings = _said_by_judges(project)
    at, known = _places(ratings.items[ratings.item], ids)
    return disagreement(at, ratings.levels[known], len(ids))


def _said_by_judges(project: Project) -> Ratings:
    """What judges could be read to say under the current rubric."""
    judges = Rater.objects.filter(project=project, kind=RaterKind.JUDGE).values_list("pk", flat=True)
    ratings = fetch_ratings(project=project, rater_ids=list(judges))
    return ratings.where(ratings.outcome == OUTCOMES.index(Outcome.RATED))


def _asked(project: Project, ids: IntArray) -> FloatArray:
    """Answers of people that each item has, or is to have, whichever are more."""
    live = Judgement.objects.live().filter(item__project=project, rater__kind__in=PEOPLE, outcome=Outcome.RATED)
    answered = np.fromiter(live.values_list("item_id", flat=True).iterator(chunk_size=_ROWS_AT_ONCE), dtype=np.int64)
    at, _ = _places(answered, ids)
    answers = np.bincount(at, minlength=len(ids)).astype(np.float64)
    queue = QueuedItem.objects.filter(project=project).values_list("item_id", "overlap")
    queued = np.fromiter(queue.iterator(chunk_size=_ROWS_AT_ONCE), dtype=[("item", np.int64), ("overlap", np.int64)])
    at, known = _places(queued["item"], ids)
    answers[at] = np.maximum(answers[at], queued["overlap"][known])
    return answers


def _places(found: IntArray, ids: IntArray) -> tuple[IntArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Where in `ids`, which ascend, those of `found` stand that are there, and which these are."""
    at = np.minimum(np.searchsorted(ids, found), max(len(ids) - 1, 0))
    known = ids[at] == found if len(ids) else np.zeros(len(found), dtype=bool)
    return at[known].astype(np.int64), known
