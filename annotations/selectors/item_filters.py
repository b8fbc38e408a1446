"""Which items of a project: filters that combine, each a fact that the database can look up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import reduce
from operator import and_, or_
from typing import Any, Final, Literal

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from annotations.agreement import PairAnswer
from annotations.choices import AssignmentStatus, GoldUse, Outcome, Purpose, QueueState, RaterKind
from annotations.models import Assignment, Flag, Gold, Item, Judgement, Project, Reservation
from annotations.rubrics import RubricSpec
from annotations.selectors.agreement import items_in_cell
from annotations.selectors.queue_rows import ItemStanding, items_by_standing

COUNTED_TO: Final = 1_000

QueueFilter = Literal["none", "open", "full", "leased", "stuck", "done", "skipped"]
OutcomeFilter = Literal["pass", "fail", "none", "rated", "unparsed", "refused", "truncated", "failed"]


@dataclass(frozen=True)
class CellFilter:
    """A mark or a cell of the agreement page; see `items_in_cell`."""

    criterion: str
    judge: int | None = None
    judge_level: int | Literal["unread"] | None = None
    people_level: int | None = None
    pairs: PairAnswer | None = None


@dataclass(frozen=True)
class ItemFilter:
    """Which items; an empty filter is all of them, and what is given must hold all at once.

    Attributes:
        ids: of items that were named one by one.
        text: an external id as a whole, or words in an id, a candidate or the context.
        slices: names and values; of two values of one name either.
        queue: state in the queue; "none" for items that nobody is asked about, "stuck" as on the page of the queue.
        first, last: places in the queue, both included.
        has_people: whether a person has judged it.
        answered_by: id of a person's rater.
        verdict_by: id of a judge's rater; None for any judge.
        outcome: of a verdict of that judge, "none" where there is none; "pass" and "fail" under the current rubric.
        people_differ: whether two people gave different levels.
        judge_differs: whether a verdict of that judge differs from an answer of a person.
        reserved_for: id of a rater, or 0 for anybody.
        gold_use: of gold that holds under the current rubric.
        is_flagged: whether somebody has an open flag on it.
        cell: items behind a figure of the agreement page.
    """

    ids: tuple[int, ...] | None = None
    text: str = ""
    slices: tuple[tuple[str, str], ...] = ()
    batch_id: int | None = None
    queue: QueueFilter | None = None
    first: int | None = None
    last: int | None = None
    skill: str = ""
    is_urgent: bool | None = None
    reserved_for: int | None = None
    has_people: bool | None = None
    answered_by: int | None = None
    verdict_by: int | None = None
    outcome: OutcomeFilter | None = None
    people_differ: bool | None = None
    judge_differs: bool | None = None
    has_gold: bool | None = None
    gold_use: GoldUse | None = None
    is_flagged: bool | None = None
    cell: CellFilter | None = None

    @property
    def is_empty(self) -> bool:
        return self == ItemFilter()

    @property
    def tells_what_others_said(self) -> bool:
        """Whether being found tells something of the item that whoever reviews it must not know."""
        telling = (self.outcome, self.people_differ, self.judge_differs, self.has_gold, self.gold_use, self.cell)
        return any(value is not None for value in telling)

    def to_json(self) -> dict[str, Any]:
        """For `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ItemFilter:
        """What `to_json` gave."""
        ids, use, cell = stored["ids"], stored["gold_use"], stored["cell"]
        pairs = PairAnswer(cell["pairs"]) if cell and cell["pairs"] else None
        return cls(
            **{
                **stored,
                "ids": None if ids is None else tuple(ids),
                "slices": tuple((name, value) for name, value in stored["slices"]),
                "gold_use": GoldUse(use) if use else None,
                "cell": CellFilter(**{**cell, "pairs": pairs}) if cell else None,
            }
        )


@dataclass(frozen=True)
class ItemCount:
    """How many items; where `is_exact` is false, what the database expects."""

    n: int
    is_exact: bool


def filtered_items(project: Project, wanted: ItemFilter) -> QuerySet[Item]:
    """Items of the project that fit, in no order."""
    items: QuerySet[Item] = Item.objects.filter(project=project)
    for narrow in _FILTERS:
        items = narrow(items, wanted, project)
    return items


def count_items(items: QuerySet[Item]) -> ItemCount:
    """Counted up to `COUNTED_TO`; beyond it the database's estimate, which costs the same at any number."""
    rows = items.order_by().values("pk")
    n = rows[: COUNTED_TO + 1].count()
    if n <= COUNTED_TO:
        return ItemCount(n, is_exact=True)
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        [[plan]] = cursor.fetchone()
    return ItemCount(max(n, int(plan["Plan"]["Plan Rows"])), is_exact=False)


def _by_ids(items: QuerySet[Item], wanted: ItemFilter, project: Project) -> QuerySet[Item]:  # noqa: ARG001
    return items if wanted.ids is None else items.filter(pk__in=wanted.ids)


def _by_text(items: QuerySet[Item], wanted: ItemFilter, project: Project) -> QuerySet[Item]:  # noqa: ARG001
    if not wanted.text:
        return items
    exact = items.filter(external_id=wanted.text)
    if exact.exists():
        return exact
    words = items.annotate(_candidates=Cast("candidates", TextField()), _context=Cast("context", TextField()))
    return words.filter(
        Q(external_id__icontains=wanted.text)
        | Q(_candidates__icontains=wanted.text)
        | Q(_context__icontains=wanted.text)
    )


def _by_origin(items: QuerySet[Item], wanted: ItemFilter, project: Project) -> QuerySet[Item]:  # noqa: ARG001
    values: dict[str, list[str]] = {}
    for name, value in wanted.slices:
        values.setdefault(name, []).append(value)
    for at, (name, either) in enumerate(values.items()):
        items = items.annotate(**{f"_slice{at}": KeyTextTransform(name, "slices")}).filter(
            **{f"_slice{at}__in": either}
        )
    return items if wanted.batch_id is None else items.filter(batch_id=wanted.batch_id)


def _by_state(items: QuerySet[Item], wanted: ItemFilter, project: Project) -> QuerySet[Item]:
    held = Exists(_work("pk").filter(status=AssignmentStatus.LEASED))
    match wanted.queue:
        case "none":
            return items.filter(queued__isnull=True)
        case "open" | "full":
            return items.filter(queued__state=wanted.queue)
        case "leased":
            return items.filter(held)
        case "done":
            return items.filter(~held, queued__state=QueueState.FULL)
        case "skipped":
            return items.filter(Exists(_work("pk").filter(status=AssignmentStatus.SKIPPED, project=project)))
        case "stuck":
            stuck = items_by_standing(project).filter(standing=ItemStanding.STUCK)
            return items.filter(queued__in=stuck.values("pk"))
    return items


def _by_place(items: QuerySet[Item], wanted: ItemFilter, project: Project) -> QuerySet[Item]:  # noqa: ARG001
    if wanted.first is not None:
        items = items.filter(queued__position__gte=wanted.first)
    if wanted.last is not None:
        items = items.filter(queued__position__lte=wanted.last)
    if wanted.skill:
        items = items.filter(queued__skill=wanted.skill)
    if wanted.is_urgent is not None:
        is_urgent = Q(queued__urgency__gt=0)
        items = items.filter(is_urgent if wanted.is_urgent else ~is_urgent)
    if wanted.reserved_for is not None:
        kept = Reservation.objects.filter(item_id=OuterRef("pk"))
        if wanted.reserved_for:
            kept = kept.filter(rater_id=wanted.reserved_for)
        items = items.filter(Exists(kept), queued__is_reserved=True)
    return items


def _by_people(items: QuerySet[Item], wanted: ItemFilter, project: Project) -> QuerySet[Item]:  # noqa: ARG001
    if wanted.has_people is not None:
        items = items.filter(_exists(_said("pk", by_judges=False), wanted.has_people))
    if wanted.answered_by is not None:
        items = items.filter(Exists(Judgement.objects.live().filter(item_id=OuterRef("pk"), rater=wanted.answered_by)))
    if wanted.people_differ is not None:
        otherwise = _otherwise(by_judges=False)
        items = items.filter(_exists(_rated("pk", by_judges=False).filter(otherwise), wanted.people_differ))
    return items


def _by_gold(items: QuerySet[Item], wanted: ItemFilter, project: Project) -> QuerySet[Item]:
    gold = Gold.objects.filter(item_id=OuterRef("pk"))
    if wanted.has_gold is not None:
        items = items.filter(_exists(gold, wanted.has_gold))
    if wanted.gold_use is not None:
        holds = gold.filter(rubric=project.current_rubric(), retired_at__isnull=True)
        items = items.filter(Exists(holds.filter(use=wanted.gold_use)))
    return items


def _by_flags(items: QuerySet[Item], wanted: ItemFilter, project: Project) -> QuerySet[Item]:  # noqa: ARG001
    if wanted.is_flagged is None:
        return items
    return items.filter(
        _exists(Flag.objects.filter(item_id=OuterRef("pk"), resolved_at__isnull=True), wanted.is_flagged)
    )


def _by_judges(items: QuerySet[Item], wanted: ItemFilter, project: Project) -> QuerySet[Item]:
    verdicts = _said("pk", by_judges=True)
    if wanted.verdict_by is not None:
        verdicts = verdicts.filter(rater=wanted.verdict_by)
    if wanted.outcome == "none":
        items = items.filter(~Exists(verdicts))
    elif wanted.outcome in ("pass", "fail"):
        rubric = project.current_rubric()
        ends = _ends(rubric.spec(), wanted.outcome)
        items = items.filter(Exists(verdicts.filter(ends, rubric=rubric, outcome=Outcome.RATED)))
    elif wanted.outcome is not None:
        items = items.filter(Exists(verdicts.filter(outcome=wanted.outcome)))
    elif wanted.verdict_by is not None and wanted.judge_differs is None:
        items = items.filter(Exists(verdicts))
    if wanted.judge_differs is not None:
        differing = verdicts.filter(_otherwise(by_judges=False), outcome=Outcome.RATED)
        items = items.filter(_exists(differing, wanted.judge_differs))
    return items


def _by_cell(items: QuerySet[Item], wanted: ItemFilter, project: Project) -> QuerySet[Item]:
    if wanted.cell is None:
        return items
    return items.filter(pk__in=items_in_cell(project=project, **vars(wanted.cell)))


_FILTERS: Final[tuple[Callable[[QuerySet[Item], ItemFilter, Project], QuerySet[Item]], ...]] = (
    _by_ids,
    _by_text,
    _by_origin,
    _by_state,
    _by_place,
    _by_people,
    _by_gold,
    _by_flags,
    _by_judges,
    _by_cell,
)


def _work(item: str) -> QuerySet[Assignment]:
    return Assignment.objects.filter(item_id=OuterRef(item), purpose=Purpose.WORK)


def _said(item: str, *, by_judges: bool) -> QuerySet[Judgement]:
    live = Judgement.objects.live().filter(item_id=OuterRef(item))
    is_judge = Q(rater__kind=RaterKind.JUDGE)
    return live.filter(is_judge if by_judges else ~is_judge)


def _rated(item: str, *, by_judges: bool) -> QuerySet[Judgement]:
    return _said(item, by_judges=by_judges).filter(outcome=Outcome.RATED)


def _otherwise(*, by_judges: bool) -> Exists:
    """Of a judgement: whether a rater of that kind gave the same item other levels under the same rubric."""
    same = _rated("item_id", by_judges=by_judges).filter(rubric_id=OuterRef("rubric_id"))
    return Exists(same.exclude(levels=OuterRef("levels")))


def _exists(rows: QuerySet[Judgement] | QuerySet[Gold] | QuerySet[Flag], wanted: bool) -> Q:
    found = Q(Exists(rows))
    return found if wanted else ~found


def _ends(spec: RubricSpec, end: Literal["pass", "fail"]) -> Q:
    """Levels that qualify, or that fail: `RubricSpec.qualifies` as a condition."""
    wanted = end == "pass"
    levels = [
        Q(**{f"levels__{at}__in": [n for n, level in enumerate(criterion.levels) if level.passes is wanted]})
        for at, criterion in enumerate(spec.criteria)
        if criterion.can_pass
    ]
    if not levels:
        return Q(pk__in=[])
    return reduce(and_ if wanted else or_, levels)
