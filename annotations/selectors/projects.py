"""Projects as their members see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotations.choices import AssignmentStatus, BatchState, DisputeState, QueueState, Role
from annotations.models import Assignment, Batch, Dispute, Flag, Membership, Project, QueuedItem, Ruling, User
from annotations.selectors.threads import mentions_of

FAILURES_ARE_NEWS_FOR: Final = timedelta(days=7)
WAITING_ARE_COUNTED_TO: Final = 1000


@dataclass(frozen=True)
class SectionCounts:
    """Figures beside the sections of a project, for one member. `n_waiting` as in `ProjectLine`.

    Attributes:
        n_disputes, n_flags: those that are open; counting stops at `WAITING_ARE_COUNTED_TO`.
        n_unseen: mentions that the member has not seen.
    """

    n_items: int
    n_waiting: int
    n_members: int
    n_disputes: int
    n_flags: int
    n_unseen: int


@dataclass(frozen=True)
class ProjectLine:
    """One project on the page of projects, as one member sees it.

    Attributes:
        n_open: items with a free place in the queue.
        n_waiting: of these, items that the member has not had yet; counting stops at `WAITING_ARE_COUNTED_TO`.
        n_mine: items the member holds now.
        n_importing, n_failed: imports at work, and imports that failed lately.
    """

    project: Project
    role: Role
    n_items: int
    n_open: int
    n_waiting: int
    n_mine: int
    n_members: int
    n_importing: int
    n_failed: int


def section_counts(membership: Membership) -> SectionCounts:
    """One query; it costs the same at any number of items."""
    pk = OuterRef("pk")
    row = Project.objects.filter(pk=membership.project_id).values_list(
        _n_items(pk),
        _n_waiting(pk, membership.user),
        _n_members(pk),
        _CountOf(Dispute.objects.filter(project_id=pk, state=DisputeState.OPEN)[:WAITING_ARE_COUNTED_TO]),
        _CountOf(Flag.objects.filter(project_id=pk, resolved_at__isnull=True)[:WAITING_ARE_COUNTED_TO]),
        _CountOf(mentions_of(membership).filter(seen_at__isnull=True)[:WAITING_ARE_COUNTED_TO]),
    )
    return SectionCounts(*row.get())


def project_lines(user: User, *, project: Project | None = None) -> list[ProjectLine]:
    """The user's projects by name, or one of them, in one query."""
    project_id = OuterRef("project_id")
    mine = Assignment.objects.filter(
        rater__user=user, status=AssignmentStatus.LEASED, lease_expires_at__gt=timezone.now()
    )
    batches = Batch.objects.all()
    working = batches.filter(state__in=[BatchState.WAITING, BatchState.RUNNING])
    failed = batches.filter(state=BatchState.FAILED, created_at__gt=timezone.now() - FAILURES_ARE_NEWS_FOR)
    memberships = (
        Membership.objects.filter(user=user)
        .select_related("project")
        .annotate(
            n_items=_n_items(project_id),
            n_open=_CountOf(_open_items(project_id)),
            n_waiting=_n_waiting(project_id, user),
            n_members=_n_members(project_id),
            n_mine=_CountOf(mine.filter(project_id=project_id)),
            n_importing=_CountOf(working.filter(project_id=project_id)),
            n_failed=_CountOf(failed.filter(project_id=project_id)),
        )
        .order_by("project__name", "project_id")
    )
    if project is not None:
        memberships = memberships.filter(project=project)
    return [
        ProjectLine(
            project=row.project,
            role=Role(row.role),
            n_items=row.n_items,
            n_open=row.n_open,
            n_waiting=row.n_waiting,
            n_mine=row.n_mine,
            n_members=row.n_members,
            n_importing=row.n_importing,
            n_failed=row.n_failed,
        )
        for row in memberships
    ]


def _n_items(project_id: OuterRef) -> Coalesce:
    """Summed over imports, so that it costs the same at any number of items."""
    batches = Batch.objects.filter(project_id=project_id).order_by().values("project_id")
    total = Subquery(batches.annotate(n=Sum("n_items")).values("n"), output_field=IntegerField())
    return Coalesce(total, Value(0))


def _open_items(project_id: OuterRef) -> QuerySet[QueuedItem]:
    return QueuedItem.objects.filter(project_id=project_id, state=QueueState.OPEN)


def _n_waiting(project_id: OuterRef, user: User) -> Subquery:
    had = Assignment.objects.filter(item_id=OuterRef("item_id"), rater__user=user).exclude(
        status=AssignmentStatus.EXPIRED
    )
    ruled = Ruling.objects.filter(item_id=OuterRef("item_id"), adjudicator=user)
    return _CountOf(_open_items(project_id).filter(~Exists(had), ~Exists(ruled))[:WAITING_ARE_COUNTED_TO])


def _n_members(project_id: OuterRef) -> Subquery:
    return _CountOf(Membership.objects.filter(project_id=project_id))


class _CountOf(Subquery):
    """How many rows a query gives, also where it stops at a limit."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.values("pk"))
