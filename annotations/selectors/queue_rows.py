"""Where each item of the queue and each turn of an annotator stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from annotations.choices import AssignmentStatus, Purpose, QueueState, RaterKind, Role
from annotations.models import Assignment, Membership, Project, QueuedItem, Rater, Reservation

ROWS_A_PAGE: Final = 50


class ItemStanding(StrEnum):
    """Where a queued item stands.

    STUCK: somebody's lease on it ran out, or a place is free that nobody may take. WAITING: a place is free. IN_HAND:
    every place is taken, and somebody is at it. COMPLETE: every place is answered.
    """

    WAITING = "waiting"
    IN_HAND = "in_hand"
    STUCK = "stuck"
    COMPLETE = "complete"


class TurnStanding(StrEnum):
    """Where a turn stands. OVERDUE: its lease ran out, and nobody has taken the place back yet."""

    LEASED = "leased"
    OVERDUE = "overdue"
    DONE = "done"
    SKIPPED = "skipped"
    EXPIRED = "expired"


class Stuck(StrEnum):
    """Why an item is stuck."""

    OVERDUE = "overdue"
    NO_SKILL = "no_skill"
    NOBODY_RESERVED = "nobody_reserved"


@dataclass(frozen=True)
class RowFilter:
    """Which rows of the queue.

    Attributes:
        standing: of the items, or of the turns.
        slice: name and value; an empty value for items without the slice.
        rater_id: whose turns.
        draw_id: what brought the items.
    """

    standing: ItemStanding | TurnStanding | None = None
    slice: tuple[str, str] | None = None
    rater_id: int | None = None
    draw_id: int | None = None


def items_by_standing(project: Project) -> QuerySet[Any]:
    """The queue with `standing` and `stuck`, values of `ItemStanding` and `Stuck`; `stuck` is null where it is not."""
    leases = Assignment.objects.filter(project=project, status=AssignmentStatus.LEASED, purpose=Purpose.WORK)
    overdue = leases.filter(lease_expires_at__lte=timezone.now())
    available = available_raters(project)
    known = {skill for skills in available.values_list("skills", flat=True) for skill in skills}
    waits_for = Reservation.objects.filter(item=OuterRef("pk"), taken_at__isnull=True, rater__in=available)
    is_open = Q(state=QueueState.OPEN)
    stuck = Case(
        When(item_id__in=overdue.values("item_id"), then=Value(Stuck.OVERDUE)),
        When(is_open & Q(is_reserved=True) & ~Exists(waits_for), then=Value(Stuck.NOBODY_RESERVED)),
        When(is_open & Q(is_reserved=False) & ~Q(skill="") & ~Q(skill__in=known), then=Value(Stuck.NO_SKILL)),
    )
    standing = Case(
        When(stuck__isnull=False, then=Value(ItemStanding.STUCK)),
        When(is_open, then=Value(ItemStanding.WAITING)),
        When(item_id__in=leases.values("item_id"), then=Value(ItemStanding.IN_HAND)),
        default=Value(ItemStanding.COMPLETE),
    )
    return QueuedItem.objects.filter(project=project).annotate(stuck=stuck).annotate(standing=standing)


def turns_by_standing(project: Project) -> QuerySet[Any]:
    """Turns at work, without gold and training, with `standing`, a value of `TurnStanding`."""
    is_leased = Q(status=AssignmentStatus.LEASED)
    standing = Case(
        When(is_leased & Q(lease_expires_at__lte=timezone.now()), then=Value(TurnStanding.OVERDUE)),
        When(is_leased, then=Value(TurnStanding.LEASED)),
        When(status=AssignmentStatus.DONE, then=Value(TurnStanding.DONE)),
        When(status=AssignmentStatus.SKIPPED, then=Value(TurnStanding.SKIPPED)),
        default=Value(TurnStanding.EXPIRED),
    )
    return Assignment.objects.filter(project=project, purpose=Purpose.WORK).annotate(standing=standing)


def available_raters(project: Project) -> QuerySet[Rater]:
    """People who are given items now: members who review, not paused, and qualified where the policy asks for it."""
    reviewing = Membership.objects.filter(project=project, user=OuterRef("user")).exclude(role=Role.TRAINER)
    raters = Rater.objects.filter(Exists(reviewing), project=project, kind=RaterKind.PERSON, paused_at__isnull=True)
    if project.current_policy().training_pass is not None:
        raters = raters.filter(qualified_at__isnull=False)
    return raters


def queue_items_page(project: Project, wanted: RowFilter, *, after: int = -1) -> list[Any]:
    """Queued items that fit, from a position on, one more than a page has where it goes on."""
    rows = items_by_standing(project).filter(position__gt=after)
    if wanted.standing is not None:
        rows = rows.filter(standing=wanted.standing)
    if wanted.draw_id is not None:
        rows = rows.filter(draw=wanted.draw_id)
    rows = _of_slice(rows, wanted.slice)
    return list(rows.select_related("item").order_by("position")[: ROWS_A_PAGE + 1])


def turns_page(project: Project, wanted: RowFilter, *, before: int | None = None) -> list[Any]:
    """Turns that fit, newest first, from one on, one more than a page has where it goes on."""
    rows = turns_by_standing(project)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if wanted.standing is not None:
        rows = rows.filter(standing=wanted.standing)
    if wanted.rater_id is not None:
        rows = rows.filter(rater=wanted.rater_id)
    rows = _of_slice(rows, wanted.slice)
    return list(rows.select_related("item", "rater").order_by("-pk")[: ROWS_A_PAGE + 1])


def _of_slice(rows: QuerySet[Any], wanted: tuple[str, str] | None) -> QuerySet[Any]:
    if wanted is None:
        return rows
    name, value = wanted
    rows = rows.annotate(_slice=KeyTextTransform(name, "item__slices"))
    return rows.filter(_slice=value) if value else rows.filter(Q(_slice__isnull=True) | Q(_slice=""))
