"""Exports."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from annotations.models import Project
from annotations.models.fields import choices_of
from models_llm.choices import DatasetState, FileFormat, Shape

UNFINISHED = (DatasetState.WAITING, DatasetState.RUNNING)


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def overdue(self, now: datetime) -> DatasetQuerySet:
        """Unfinished, and whoever was to see to it has let the lease run out."""
        return self.filter(state__in=UNFINISHED, lease_expires_at__lt=now)


class Dataset(models.Model):
    """An immutable export with its manifest. The same state of the project gives the same bytes."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="datasets")
    shape = models.CharField(max_length=8, choices=choices_of(Shape))
    format = models.CharField(max_length=8, choices=choices_of(FileFormat))
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=choices_of(DatasetState), default=DatasetState.WAITING)
    manifest = models.JSONField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the manifest.")
    n_rows = models.PositiveBigIntegerField(default=0)
    directory = models.CharField(max_length=500, blank=True, help_text="Under EXPORT_ROOT; whole once it is there.")
    error = models.TextField(blank=True)
    n_items = models.PositiveBigIntegerField(default=0, help_text="Items to read, known once it is being built.")
    n_read = models.PositiveBigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when its message, or the worker that builds it, is waited for."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DatasetQuerySet.as_manager()

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    def __str__(self) -> str:
        return f"{self.shape} {self.pk} of {self.project_id}"
