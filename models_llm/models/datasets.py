"""Exports."""

from __future__ import annotations

from django.db import models

from annotations.models.fields import choices_of
from annotations.models.leased import LeasedWork
from models_llm.choices import FileFormat, Shape


class Dataset(LeasedWork):
    """An immutable export with its manifest. The same state of the project gives the same bytes."""

    task = "models_llm.build_dataset"
    progress_fields = ("n_read", "n_items")

    shape = models.CharField(max_length=8, choices=choices_of(Shape))
    format = models.CharField(max_length=8, choices=choices_of(FileFormat))
    params = models.JSONField(default=dict)
    manifest = models.JSONField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the manifest.")
    n_rows = models.PositiveBigIntegerField(default=0)
    directory = models.CharField(max_length=500, blank=True, help_text="Under EXPORT_ROOT; whole once it is there.")
    n_items = models.PositiveBigIntegerField(default=0, help_text="Items to read, known once it is being built.")
    n_read = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.shape} {self.pk} of {self.project_id}"
