"""What items are drawn from: their ids, their slice values and the scores that direct a draw, in a few queries."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform
from psycopg import sql

from annotations.agreement import OUTCOMES
from annotations.allocation import FloatArray, IntArray, Pool, coverage, disagreement, uncertainty
from annotations.choices import PEOPLE, Order, Outcome, RaterKind
from annotations.models import Item, Judgement, Project, QueuedItem, Rater
from annotations.selectors.arrays import array_in, copied_rows
from annotations.selectors.ratings import fetch_ratings

PRIORITY_SLICE: Final = "priority"
"""Slice whose number puts items first under the order PRIORITY."""

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


def read_pool(
    *, project: Project, items: QuerySet[Item] | None, order: Order, slice_key: str, n: int | None
) -> NamedPool:
    """The items with what directs a draw of `n` of them now.

    Args:
        items: None means all of the project; those of other projects are left out.
        slice_key: the groups are its values; none where it is empty.
    """
    chosen = (Item.objects.all() if items is None else items).filter(project=project).order_by("pk")
    ids, texts = _ids_and(chosen, slice_key) if slice_key else (_ids(chosen), [])
    values, groups = _numbered(texts)
    scores = _scores(project, chosen, ids, groups, len(values), order, n)
    return NamedPool(Pool(ids=ids, scores=scores, groups=groups if slice_key else None), values)


def pool_again(*, project: Project, item_ids: list[int], scores: list[float] | None, slice_key: str) -> Pool:
    """The pool of a stored draw: items never change, so their slices are read anew."""
    ids = np.array(item_ids, dtype=np.int64)
    kept = None if scores is None else np.array(scores, dtype=np.float64)
    if not slice_key:
        return Pool(ids=ids, scores=kept)
    every, texts = _ids_and(Item.objects.filter(project=project).order_by("pk"), slice_key)
    at, _ = _places(ids, every)
    _, groups = _numbered(texts[place] for place in at)
    return Pool(ids=ids, scores=kept, groups=groups)


def _scores(
    project: Project, items: QuerySet[Item], ids: IntArray, groups: IntArray, n_groups: int, order: Order, n: int | None
) -> FloatArray | None:
    match order:
        case Order.PRIORITY:
            return _priorities(_ids_and(items, PRIORITY_SLICE)[1])
        case Order.UNCERTAINTY:
            return _uncertainties(project, ids)
        case Order.DISAGREEMENT:
            return _disagreements(project, ids)
        case Order.COVERAGE:
            answers = np.zeros(n_groups)
            np.add.at(answers, groups, _asked(project, ids))
            return coverage(groups, answers, len(ids) if n is None else n)
        case _:
            return None


def _ids(items: QuerySet[Item]) -> IntArray:
    rows = items.values_list("pk", flat=True).iterator(chunk_size=_ROWS_AT_ONCE)
    return np.fromiter(rows, dtype=np.int64)


def _ids_and(items: QuerySet[Item], slice_key: str) -> tuple[IntArray, list[str | None]]:
    rows = items.annotate(_value=KeyTextTransform(slice_key, "slices")).values_list("pk", "_value")
    found = list(rows.iterator(chunk_size=_ROWS_AT_ONCE))
    return np.fromiter((pk for pk, _ in found), dtype=np.int64, count=len(found)), [value for _, value in found]


def _numbered(texts: Iterable[str | None]) -> tuple[tuple[str, ...], IntArray]:
    """The values in alphabetical order, and the number of each text's."""
    given = [text or "" for text in texts]
    values = tuple(sorted(set(given)))
    number = {value: n for n, value in enumerate(values)}
    return values, np.fromiter((number[text] for text in given), dtype=np.int64, count=len(given))


def _priorities(texts: list[str | None]) -> FloatArray:
    return np.fromiter((_number(text) for text in texts), dtype=np.float64, count=len(texts))


def _number(text: str | None) -> float:
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
    judges = Rater.objects.filter(project=project, kind=RaterKind.JUDGE).values_list("pk", flat=True)
    ratings = fetch_ratings(project=project, rater_ids=list(judges))
    ratings = ratings.where(ratings.outcome == OUTCOMES.index(Outcome.RATED))
    at, known = _places(ratings.items[ratings.item], ids)
    return disagreement(at, ratings.levels[known], len(ids))


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
