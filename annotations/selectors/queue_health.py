"""How the queue is doing: what waits, what is stuck, who does what, and when it will be finished."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Count, F, Min, Sum
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from annotations.allocation import Forecast, forecast_finish
from annotations.choices import AssignmentStatus, Purpose
from annotations.models import Assignment, Project, QueuedItem
from annotations.selectors.queue_rows import (
    ItemStanding,
    Stuck,
    TurnStanding,
    items_by_standing,
    turns_by_standing,
)

RECENT_DAYS: Final = 14

_BY_DAY = """
SELECT floor(extract(epoch FROM %(now)s - finished_at) / 86400)::int, count(*)
FROM annotations_assignment
WHERE project_id = %(project)s AND purpose = 'work' AND status = 'done' AND finished_at > %(since)s
    AND finished_at <= %(now)s
GROUP BY 1
"""


@dataclass(frozen=True)
class SliceHealth:
    """Items of one slice value by how they stand; `value` is empty for items without the slice."""

    value: str
    items: dict[ItemStanding, int]

    @property
    def n_items(self) -> int:
        return sum(self.items.values())


@dataclass(frozen=True)
class PersonHealth:
    """Turns of one annotator by how they stand."""

    rater_id: int
    name: str
    is_paused: bool
    is_simulated: bool
    turns: dict[TurnStanding, int]


@dataclass(frozen=True)
class QueueHealth:
    """The queue of a project.

    Attributes:
        items: queued items by how they stand.
        turns: turns at work by how they stand.
        stuck: items that are stuck, by why.
        n_wanted: answers wanted in all.
        slices, people: the same by slice value, if a slice was named, and by annotator.
        forecast: when everything will be answered.
    """

    items: dict[ItemStanding, int]
    turns: dict[TurnStanding, int]
    stuck: dict[Stuck, int]
    n_wanted: int
    forecast: Forecast
    slices: list[SliceHealth] = field(default_factory=list)
    people: list[PersonHealth] = field(default_factory=list)

    @property
    def n_items(self) -> int:
        return sum(self.items.values())

    @property
    def n_done(self) -> int:
        return self.turns[TurnStanding.DONE]


def queue_health(project: Project, *, slice_key: str = "") -> QueueHealth:
    """Five queries, and one more by slice; a pass over the queue and one over its turns, whatever is asked."""
    rows = items_by_standing(project).order_by()
    if slice_key:
        rows = rows.annotate(_slice=KeyTextTransform(slice_key, "item__slices"))
    by = ["standing", "stuck", *(["_slice"] if slice_key else [])]
    counted = list(rows.values(*by).annotate(n=Count("pk")).values_list("standing", "stuck", "n", *by[2:]))
    items, stuck = Counter[Any](), Counter[Any]()
    slices: dict[str, Counter[Any]] = {}
    for standing, why, n, *value in counted:
        items[standing] += n
        stuck[why] += n
        if value:
            slices.setdefault(value[0] or "", Counter())[standing] += n
    people = _people(project)
    turns = {standing: sum(person.turns[standing] for person in people) for standing in TurnStanding}
    n_wanted = QueuedItem.objects.filter(project=project).aggregate(n=Sum("overlap"))["n"] or 0
    return QueueHealth(
        items={standing: items[standing] for standing in ItemStanding},
        turns=turns,
        stuck={why: stuck[why] for why in Stuck if stuck[why]},
        n_wanted=n_wanted,
        forecast=forecast_finish(n_wanted - turns[TurnStanding.DONE], answers_by_day(project)),
        slices=[
            SliceHealth(value, {standing: of[standing] for standing in ItemStanding})
            for value, of in sorted(slices.items())
        ],
        people=people,
    )


def answers_by_day(project: Project) -> list[int]:
    """Answers in each of the last whole spans of 24 hours, newest first; as far back as there were any."""
    now = timezone.now()
    done = Assignment.objects.filter(project=project, purpose=Purpose.WORK, status=AssignmentStatus.DONE)
    first = done.aggregate(first=Min("finished_at"))["first"]
    if first is None:
        return []
    n_days = min(RECENT_DAYS, (now - first).days)
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, {"project": project.pk, "now": now, "since": now - timedelta(days=n_days)})
        by_day = dict(cursor.fetchall())
    return [by_day.get(day, 0) for day in range(n_days)]


def _people(project: Project) -> list[PersonHealth]:
    counted = (
        turns_by_standing(project)
        .order_by()
        .values("rater_id", "standing")
        .annotate(
            n=Count("pk"), name=F("rater__name"), paused=F("rater__paused_at"), simulated=F("rater__is_simulated")
        )
    )
    people: dict[int, PersonHealth] = {}
    for row in counted:
        person = people.setdefault(
            row["rater_id"],
            PersonHealth(
                rater_id=row["rater_id"],
                name=row["name"],
                is_paused=row["paused"] is not None,
                is_simulated=row["simulated"],
                turns=dict.fromkeys(TurnStanding, 0),
            ),
        )
        person.turns[TurnStanding(row["standing"])] = row["n"]
    return sorted(people.values(), key=lambda person: person.name)
