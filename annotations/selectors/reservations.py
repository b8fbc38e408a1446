"""What of the queue is kept for whom."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from annotations.models import Project, QueuedItem, Reservation


@dataclass(frozen=True)
class ReservationLine:
    """One person: how many items wait for them, and how many they took."""

    person: str
    n_waiting: int
    n_taken: int


def reservation_lines(project: Project) -> list[ReservationLine]:
    """By user name; people for whom nothing was ever kept are missing."""
    kept = Reservation.objects.filter(rater__project=project, item__is_reserved=True)
    rows = kept.values_list("rater__user__username").annotate(
        n_waiting=Count("pk", filter=Q(taken_at__isnull=True)), n_taken=Count("pk", filter=Q(taken_at__isnull=False))
    )
    return [ReservationLine(*row) for row in rows.order_by("rater__user__username")]


def items_in_range(project: Project, *, first: int | None = None, last: int | None = None) -> list[int]:
    """Ids of the items at these places of the queue, both included, in its order."""
    queued = QueuedItem.objects.filter(project=project).order_by("position")
    if first is not None:
        queued = queued.filter(position__gte=first)
    if last is not None:
        queued = queued.filter(position__lte=last)
    return list(queued.values_list("pk", flat=True))
