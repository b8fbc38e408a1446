"""Exports."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from annotations.models import Project
from annotations.models.fields import choices_of
from models_llm.choices import DatasetState, FileFormat, Shape


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
    directory = models.CharField(max_length=500, blank=True, help_text="Under EXPORT_ROOT.")
    error = models.TextField(blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.shape} {self.pk} of {self.project_id}"
