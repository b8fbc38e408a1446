"""What a worker makes under a lease: the columns and the vocabulary that every such row shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from annotations.choices import WorkState
from annotations.models.fields import choices_of
from annotations.models.projects import Project

UNFINISHED = (WorkState.WAITING, WorkState.RUNNING)


class LeasedQuerySet(models.QuerySet[Any]):
    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)

    def overdue(self, now: datetime) -> Self:
        """Unfinished, and whoever was to see to it has let the lease run out."""
        return self.unfinished().filter(lease_expires_at__lt=now)


class LeasedWork(models.Model):
    """Asked for, made by one worker at a time, and then ready, failed or cancelled; nothing changes it after that."""

    task: ClassVar[str]
    """Name of the Celery task that makes it."""

    progress_fields: ClassVar[tuple[str, ...]] = ()
    """Columns that say how far the worker is."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="%(class)ss")
    state = models.CharField(max_length=9, choices=choices_of(WorkState), default=WorkState.WAITING)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Times a worker took it.")
    lease_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when its message, or the worker that builds it, is waited for."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True, help_text="When a worker took it last.")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def worker_queue(self) -> str | None:
        """Queue of the workers that can make it; None for the default one."""
        return None

    @property
    def progress(self) -> dict[str, Any]:
        """How far the worker is."""
        return {name: getattr(self, name) for name in self.progress_fields}
