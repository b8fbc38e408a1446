"""Items of a project, page by page, with what was said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from annotations.agreement import PairAnswer, criteria_of
from annotations.choices import AssignmentStatus, DisputeState, Outcome, Purpose, QueueState, RaterKind
from annotations.models import (
    Assignment,
    Dispute,
    Item,
    Judgement,
    Project,
    QueuedCandidate,
    QueuedItem,
    Rater,
    Reservation,
    Rubric,
    User,
)
from annotations.models.review import TAKES_A_PLACE
from annotations.rubrics import RubricSpec
from annotations.selectors.item_filters import CellFilter, ItemFilter, filtered_items

PAGE_SIZE: Final = 50
SLICES_ARE_READ_FROM: Final = 2000
MOST_DIGITS: Final = 19

Sort = Literal["id", "-id", "place", "-place"]
SORTS: Final[dict[Sort, str]] = {
    "id": "external_id", "-id": "-external_id", "place": "queued__position", "-place": "-queued__position",
}  # fmt: skip

PAIR_ANSWERS: Final = {
    PairAnswer.SAME: gettext_lazy("the same order"),
    PairAnswer.OPPOSITE: gettext_lazy("the opposite order"),
    PairAnswer.ONE_TIES: gettext_lazy("tied by one of the two"),
    PairAnswer.BOTH_TIE: gettext_lazy("tied by both"),
}
"""What two raters make of a pair together, in words."""


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
class QueueLine:
    """How an item stands in the queue.

    Attributes:
        n_held, n_done: of its places.
        reserved_for: names of those who have not taken it yet.
    """

    queued: QueuedItem
    n_held: int = 0
    n_done: int = 0
    reserved_for: tuple[str, ...] = ()

    @property
    def state(self) -> Literal["waiting", "in hand", "done"]:
        if self.queued.state == QueueState.OPEN:
            return "waiting"
        return "in hand" if self.n_held else "done"


@dataclass(frozen=True)
class ItemLine:
    """An item in a list. `queue` is None where nobody is asked about it, both tallies while the viewer holds it."""

    item: Item
    queue: QueueLine | None
    people: Tally | None
    judges: Tally | None


@dataclass(frozen=True)
class ItemPage:
    """`before` and `after` are places to go on from; empty where there is nothing on that side."""

    lines: list[ItemLine] = field(default_factory=list)
    before: str = ""
    after: str = ""


def visible_items(project: Project, wanted: ItemFilter, viewer: User) -> QuerySet[Item]:
    """Items that fit, without those that the viewer holds for review where that would tell what others said of them."""
    items = filtered_items(project, wanted)
    return not_held_by(viewer, items) if wanted.tells_what_others_said else items


def item_page(
    items: QuerySet[Item], *, viewer: User, sort: Sort = "id", after: str = "", before: str = "", size: int = PAGE_SIZE
) -> ItemPage:
    """One page, from a place and not from a number: page 1000 costs what page 1 costs.

    Args:
        sort: by external id, or by place in the queue, which leaves out what is not in it; from the end with "-".
        after, before: the external id or the place to go on from, forwards or backwards; not both. What is no place
            begins at the first page.
    """
    key = SORTS[sort].removeprefix("-")
    backwards, start = bool(before), before or after
    downwards = sort.startswith("-") is not backwards
    if key == "queued__position":
        # Equal by nature, and said so that the index by project and place is used.
        items = items.filter(queued__project=F("project"))
        start = start if start.isdecimal() and len(start) < MOST_DIGITS else ""
    if start:
        items = items.filter(**{f"{key}__{'lt' if downwards else 'gt'}": start})
    rows = list(items.select_related("queued").order_by(f"-{key}" if downwards else key)[: size + 1])
    goes_on = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return ItemPage()
    has_before = goes_on if backwards else bool(start)
    has_after = True if backwards else goes_on
    return ItemPage(
        lines=_lines(rows, viewer),
        before=_place(rows[0], key) if has_before else "",
        after=_place(rows[-1], key) if has_after else "",
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
    """Which of the items the viewer holds now, for review or to rule on: what others said of them stays covered."""
    leases = Assignment.objects.filter(
        rater__user=viewer,
        item_id__in=item_ids,
        status=AssignmentStatus.LEASED,
        lease_expires_at__gt=timezone.now(),
    )
    disputes = Dispute.objects.filter(
        holder=viewer, item_id__in=item_ids, state=DisputeState.OPEN, lease_expires_at__gt=timezone.now()
    )
    candidates = _ranked_in_hand(viewer).filter(item_id__in=item_ids)
    return set(
        leases.values_list("item_id", flat=True).union(
            disputes.values_list("item_id", flat=True), candidates.values_list("item_id", flat=True)
        )
    )


def not_held_by(viewer: User, items: QuerySet[Item]) -> QuerySet[Item]:
    """Items without those the viewer holds: a filter by a judge's level would tell them that level."""
    held = Assignment.objects.filter(
        item_id=OuterRef("pk"),
        rater__user=viewer,
        status=AssignmentStatus.LEASED,
        lease_expires_at__gt=timezone.now(),
    )
    ruled = Dispute.objects.filter(
        item_id=OuterRef("pk"), holder=viewer, state=DisputeState.OPEN, lease_expires_at__gt=timezone.now()
    )
    ranked = _ranked_in_hand(viewer).filter(item_id=OuterRef("pk"))
    return items.filter(~Exists(held), ~Exists(ruled), ~Exists(ranked))


def _ranked_in_hand(viewer: User) -> QuerySet[QueuedCandidate]:
    """The candidates of the group that the viewer ranks now; their turn is at its first item."""
    return QueuedCandidate.objects.filter(
        queued__item__assignments__rater__user=viewer,
        queued__item__assignments__status=AssignmentStatus.LEASED,
        queued__item__assignments__lease_expires_at__gt=timezone.now(),
    )


def cell_in_words(project: Project, cell: CellFilter) -> str:
    """What a cell holds, for people; an unknown criterion, judge or level is said as it was asked for."""
    criteria = {criterion.key: criterion for criterion in criteria_of(project.current_rubric().spec())}
    criterion = criteria.get(cell.criterion)
    labels = [level.label for level in criterion.levels] if criterion else []

    def label(level: int | None) -> str:
        if level is None:
            return gettext("any level")
        return f"“{labels[level]}”" if 0 <= level < len(labels) else gettext("level %(n)s") % {"n": level}

    name = criterion.name if criterion else cell.criterion
    judge = None
    if cell.judge is not None:
        judge = Rater.objects.filter(project=project, pk=cell.judge).values_list("name", flat=True).first()
    if criterion is not None and criterion.is_ranking and cell.judge_level is None and cell.people_level is None:
        return _pairs_in_words(name, judge or cell.judge, cell.pairs)
    if cell.judge is None:
        return gettext("%(name)s: rated by two people or more") % {"name": name}
    said = gettext("not read") if cell.judge_level == "unread" else label(cell.judge_level)
    people = label(cell.people_level)
    return gettext("%(name)s: %(judge)s %(said)s, people’s majority %(people)s") % {
        "name": name,
        "judge": judge or cell.judge,
        "said": said,
        "people": people,
    }


def _pairs_in_words(name: str, judge: object, pairs: PairAnswer | None) -> str:
    """What candidates stand behind a figure of rankings; of people with each other without a judge."""
    answer = gettext("any answer") if pairs is None else str(PAIR_ANSWERS[pairs])
    if judge is None:
        return gettext("%(name)s: candidates of pairs that two people ranked, %(answer)s") % {
            "name": name, "answer": answer,
        }  # fmt: skip
    return gettext("%(name)s: candidates of pairs that %(judge)s and a person ranked, %(answer)s") % {
        "name": name, "judge": judge, "answer": answer,
    }  # fmt: skip


def rubric_specs(rubric_ids: set[int]) -> dict[int, RubricSpec]:
    return {rubric.pk: rubric.spec() for rubric in Rubric.objects.filter(pk__in=rubric_ids)}


def _place(item: Item, key: str) -> str:
    return str(item.queued.position) if key == "queued__position" else item.external_id


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
    queue = _queue_lines(rows)
    return [
        ItemLine(
            item=item,
            queue=queue.get(item.pk),
            people=None if item.pk in held else _tally(ends.get((item.pk, False), Counter())),
            judges=None if item.pk in held else _tally(ends.get((item.pk, True), Counter())),
        )
        for item in rows
    ]


def _queue_lines(rows: list[Item]) -> dict[int, QueueLine]:
    ids = [item.pk for item in rows]
    turns = Assignment.objects.filter(item__in=ids, purpose=Purpose.WORK, status__in=TAKES_A_PLACE)
    taken = Counter(turns.values_list("item_id", "status"))
    names: dict[int, list[str]] = {}
    kept = Reservation.objects.filter(item__in=ids, item__is_reserved=True, taken_at__isnull=True)
    for item_id, name in kept.order_by("rater__name").values_list("item_id", "rater__name"):
        names.setdefault(item_id, []).append(name)
    return {
        item.pk: QueueLine(
            queued=item.queued,
            n_held=taken[item.pk, AssignmentStatus.LEASED],
            n_done=taken[item.pk, AssignmentStatus.DONE],
            reserved_for=tuple(names.get(item.pk, ())),
        )
        for item in rows
        if hasattr(item, "queued")
    }


def _end(spec: RubricSpec, outcome: str, levels: list[int | None]) -> str:
    if outcome != Outcome.RATED:
        return outcome
    return {True: "pass", False: "fail", None: "rated"}[spec.qualifies(levels)]


def _tally(ends: Counter[str]) -> Tally:
    unrated = sorted((end, n) for end, n in ends.items() if end not in ("pass", "fail", "rated"))
    return Tally(n_pass=ends["pass"], n_fail=ends["fail"], n_rated=ends["rated"], unrated=tuple(unrated))
