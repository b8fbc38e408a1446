"""Imports and the items they brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotations.choices import BatchKind, BatchState
from annotations.models.fields import choices_of
from annotations.models.projects import Project

if TYPE_CHECKING:
    from annotations.models.people import User


class Batch(models.Model):
    """One import. Its counts are written in the same transaction as the rows they count."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="batches")
    kind = models.CharField(max_length=12, choices=choices_of(BatchKind))
    state = models.CharField(max_length=12, choices=choices_of(BatchState), default=BatchState.WAITING)
    source_name = models.CharField(max_length=255)
    stored_path = models.CharField(max_length=500, blank=True, help_text="An upload's place under MEDIA_ROOT.")
    file_digest = models.CharField(max_length=64, blank=True)
    mapping = models.TextField(blank=True, help_text="The mapping file as it was used; empty for the native shape.")
    producer = models.CharField(max_length=200, blank=True, help_text="Which model made the candidates.")
    round = models.PositiveIntegerField(null=True, blank=True)
    is_strict = models.BooleanField(default=False)
    n_read = models.PositiveBigIntegerField(default=0)
    n_items = models.PositiveBigIntegerField(default=0)
    n_judgements = models.PositiveBigIntegerField(default=0)
    n_gold = models.PositiveBigIntegerField(default=0)
    n_unchanged = models.PositiveBigIntegerField(default=0)
    n_refused = models.PositiveBigIntegerField(default=0)
    unmapped = models.JSONField(default=dict, help_text="Values that map to no level: how many, by reason.")
    error = models.TextField(blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.source_name} ({self.kind})"


class RowRefusal(models.Model):
    """A row of an import that did not go in, with what was expected of it."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="refusals")
    row_number = models.PositiveBigIntegerField()
    code = models.CharField(max_length=60)
    message = models.TextField()
    content = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"row {self.row_number}: {self.message}"


class ItemQuerySet(models.QuerySet["Item"]):
    def visible_to(self, user: User) -> ItemQuerySet:
        return self.filter(project__memberships__user=user)


class Item(models.Model):
    """One thing to judge: evidence and one candidate, or two for a preference. Immutable.

    Items of one `group` share their context, so their candidates can be ranked.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="items", db_index=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="items", db_index=False)
    external_id = models.CharField(max_length=200)
    context = models.JSONField(default=dict)
    candidates = models.JSONField(default=list)
    slices = models.JSONField(default=dict)
    group = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  null: of no group
    content_digest = models.BinaryField(max_length=16)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "external_id"], name="one_item_per_project_and_external_id")
        ]
        indexes = [
            models.Index(fields=["project", "group"], condition=Q(group__isnull=False), name="item_by_group"),
            models.Index(fields=["project", "content_digest"], name="item_by_content"),
        ]

    def __str__(self) -> str:
        return self.external_id
