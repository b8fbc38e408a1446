"""Projects as their members see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotations.choices import AssignmentStatus, BatchState, QueueState, Role
from annotations.models import Assignment, Batch, Membership, Project, QueuedItem, User

FAILURES_ARE_NEWS_FOR: Final = timedelta(days=7)


@dataclass(frozen=True)
class SectionCounts:
    """Figures beside the sections of a project."""

    n_items: int
    n_open: int
    n_members: int


@dataclass(frozen=True)
class ProjectLine:
    """One project on the page of projects, as one member sees it.

    Attributes:
        n_open: items with a free place in the queue.
        n_mine: items the member holds now.
        n_importing, n_failed: imports at work, and imports that failed lately.
    """

    project: Project
    role: Role
    n_items: int
    n_open: int
    n_mine: int
    n_members: int
    n_importing: int
    n_failed: int


def section_counts(project: Project) -> SectionCounts:
    """One query; it costs the same at any number of items."""
    row = Project.objects.filter(pk=project.pk).values_list(
        _n_items(OuterRef("pk")), _n_open(OuterRef("pk")), _n_members(OuterRef("pk"))
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
            n_open=_n_open(project_id),
            n_members=_n_members(project_id),
            n_mine=_number(mine, project_id),
            n_importing=_number(working, project_id),
            n_failed=_number(failed, project_id),
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


def _n_open(project_id: OuterRef) -> Coalesce:
    return _number(QueuedItem.objects.filter(state=QueueState.OPEN), project_id)


def _n_members(project_id: OuterRef) -> Coalesce:
    return _number(Membership.objects.all(), project_id)


def _number(rows: QuerySet[Any], project_id: OuterRef) -> Coalesce:
    counted = rows.filter(project_id=project_id).order_by().values("project_id")
    return Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), Value(0))
