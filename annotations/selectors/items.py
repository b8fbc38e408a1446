"""Items of a project: found, page by page, with what was said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone

from annotations.agreement import criteria_of
from annotations.choices import AssignmentStatus, Outcome, QueueState, RaterKind
from annotations.models import Assignment, Item, Judgement, Project, Rater, Rubric, User
from annotations.rubrics import RubricSpec
from annotations.selectors.agreement import items_in_cell

PAGE_SIZE: Final = 50
SLICES_ARE_READ_FROM: Final = 2000

QueueFilter = Literal["none", "open", "full"]


@dataclass(frozen=True)
class CellFilter:
    """A mark or a cell of the agreement page; see `items_in_cell`."""

    criterion: str
    judge: int | None = None
    judge_level: int | Literal["unread"] | None = None
    people_level: int | None = None


@dataclass(frozen=True)
class ItemFilter:
    """Which items; an empty filter is all of them.

    Attributes:
        text: an external id as a whole, or words in an id or a candidate.
        slice: name and value.
        queue: state in the queue; "none" for items that nobody is asked about.
        has_people: whether a person has judged it.
        outcome: of a live judgement of any rater.
        cell: items behind a figure of the agreement page.
    """

    text: str = ""
    slice: tuple[str, str] | None = None
    batch_id: int | None = None
    queue: QueueFilter | None = None
    has_people: bool | None = None
    outcome: Outcome | None = None
    cell: CellFilter | None = None


@dataclass(frozen=True)
class Tally:
    """Live judgements of one item by how they ended.

    `n_rated` counts those that say neither pass nor fail: the rubric has no such levels, or a criterion is open.
    """

    n_pass: int = 0
    n_fail: int = 0
    n_rated: int = 0
    unrated: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class ItemLine:
    """An item in a list. Both tallies are None while the viewer holds the item for review."""

    item: Item
    queue: QueueState | None
    people: Tally | None
    judges: Tally | None


@dataclass(frozen=True)
class ItemPage:
    """`before` and `after` are external ids to go on from; empty where there is nothing on that side."""

    lines: list[ItemLine] = field(default_factory=list)
    before: str = ""
    after: str = ""


def filtered_items(project: Project, wanted: ItemFilter) -> QuerySet[Item]:
    """Items of the project that fit, in no order."""
    items: QuerySet[Item] = Item.objects.filter(project=project)
    if wanted.text:
        exact = items.filter(external_id=wanted.text)
        items = exact if exact.exists() else _containing(items, wanted.text)
    if wanted.slice is not None:
        name, value = wanted.slice
        items = items.annotate(_slice=KeyTextTransform(name, "slices")).filter(_slice=value)
    if wanted.batch_id is not None:
        items = items.filter(batch_id=wanted.batch_id)
    if wanted.queue is not None:
        items = (
            items.filter(queued__isnull=True) if wanted.queue == "none" else items.filter(queued__state=wanted.queue)
        )
    live = Judgement.objects.live().filter(item_id=OuterRef("pk"))
    if wanted.has_people is not None:
        by_people = Exists(live.exclude(rater__kind=RaterKind.JUDGE))
        items = items.filter(by_people if wanted.has_people else ~by_people)
    if wanted.outcome is not None:
        items = items.filter(Exists(live.filter(outcome=wanted.outcome)))
    if wanted.cell is not None:
        items = items.filter(pk__in=items_in_cell(project=project, **vars(wanted.cell)))
    return items


def item_page(items: QuerySet[Item], *, viewer: User, after: str = "", before: str = "") -> ItemPage:
    """One page by external id, from a place and not from a number: page 1000 costs what page 1 costs.

    Args:
        after, before: the external id to go on from, forwards or backwards; not both.
    """
    backwards = bool(before)
    start = Q(external_id__lt=before) if backwards else Q(external_id__gt=after)
    rows = list(
        items.filter(start)
        .annotate(queue_state=F("queued__state"))
        .order_by("-external_id" if backwards else "external_id")[: PAGE_SIZE + 1]
    )
    goes_on = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    if not rows:
        return ItemPage()
    has_before = goes_on if backwards else bool(after)
    has_after = True if backwards else goes_on
    return ItemPage(
        lines=_lines(rows, viewer),
        before=rows[0].external_id if has_before else "",
        after=rows[-1].external_id if has_after else "",
    )


def slice_values(project: Project) -> list[tuple[str, str]]:
    """Names and values of slices that occur in the first items, sorted; bounded work at any number of items."""
    sample = Item.objects.filter(project=project).order_by("external_id").values("slices")[:SLICES_ARE_READ_FROM]
    sql, params = sample.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT s.key, s.value FROM ({sql}) i, jsonb_each_text(i.slices) s ORDER BY 1, 2",  # noqa: S608
            params,
        )
        return [(name, value) for name, value in cursor.fetchall()]


def held_by(viewer: User, item_ids: Sequence[int]) -> set[int]:
    """Which of the items the viewer holds for review now: what others said of them stays covered until then."""
    leases = Assignment.objects.filter(
        rater__user=viewer,
        item_id__in=item_ids,
        status=AssignmentStatus.LEASED,
        lease_expires_at__gt=timezone.now(),
    )
    return set(leases.values_list("item_id", flat=True))


def not_held_by(viewer: User, items: QuerySet[Item]) -> QuerySet[Item]:
    """Items without those the viewer holds for review: a filter by a judge's level would tell them that level."""
    held = Assignment.objects.filter(
        item_id=OuterRef("pk"),
        rater__user=viewer,
        status=AssignmentStatus.LEASED,
        lease_expires_at__gt=timezone.now(),
    )
    return items.filter(~Exists(held))


def cell_in_words(project: Project, cell: CellFilter) -> str:
    """What a cell holds, for people; an unknown criterion, judge or level is said as it was asked for."""
    criteria = {criterion.key: criterion for criterion in criteria_of(project.current_rubric().spec())}
    criterion = criteria.get(cell.criterion)
    labels = [level.label for level in criterion.levels] if criterion else []

    def label(level: int | None) -> str:
        if level is None:
            return "any level"
        return f"“{labels[level]}”" if 0 <= level < len(labels) else f"level {level}"

    name = criterion.name if criterion else cell.criterion
    if cell.judge is None:
        return f"{name}: rated by two people or more"
    judge = Rater.objects.filter(project=project, pk=cell.judge).values_list("name", flat=True).first()
    said = "not read" if cell.judge_level == "unread" else label(cell.judge_level)
    people = label(cell.people_level)
    return f"{name}: {judge or cell.judge} {said}, people’s majority {people}"


def rubric_specs(rubric_ids: set[int]) -> dict[int, RubricSpec]:
    return {rubric.pk: rubric.spec() for rubric in Rubric.objects.filter(pk__in=rubric_ids)}


def _containing(items: QuerySet[Item], text: str) -> QuerySet[Item]:
    words = items.annotate(_candidates=Cast("candidates", TextField()))
    return words.filter(Q(external_id__icontains=text) | Q(_candidates__icontains=text))


def _lines(rows: list[Any], viewer: User) -> list[ItemLine]:
    ids = [item.pk for item in rows]
    held = held_by(viewer, ids)
    judgements = (
        Judgement.objects.live()
        .filter(item_id__in=ids)
        .values_list("item_id", "rater__kind", "rubric_id", "outcome", "levels")
    )
    said = list(judgements)
    specs = rubric_specs({rubric_id for _, _, rubric_id, _, _ in said})
    ends: dict[tuple[int, bool], Counter[str]] = {}
    for item_id, kind, rubric_id, outcome, levels in said:
        key = (item_id, kind == RaterKind.JUDGE)
        ends.setdefault(key, Counter())[_end(specs[rubric_id], outcome, levels)] += 1
    return [
        ItemLine(
            item=item,
            queue=QueueState(item.queue_state) if item.queue_state else None,
            people=None if item.pk in held else _tally(ends.get((item.pk, False), Counter())),
            judges=None if item.pk in held else _tally(ends.get((item.pk, True), Counter())),
        )
        for item in rows
    ]


def _end(spec: RubricSpec, outcome: str, levels: list[int | None]) -> str:
    if outcome != Outcome.RATED:
        return outcome
    return {True: "pass", False: "fail", None: "rated"}[spec.qualifies(levels)]


def _tally(ends: Counter[str]) -> Tally:
    unrated = sorted((end, n) for end, n in ends.items() if end not in ("pass", "fail", "rated"))
    return Tally(n_pass=ends["pass"], n_fail=ends["fail"], n_rated=ends["rated"], unrated=tuple(unrated))
