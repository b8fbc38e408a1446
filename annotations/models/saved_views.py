"""Filters of the list of items that are kept under a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from annotations.models.projects import Project


class SavedView(models.Model):
    """`query` is what stands after the question mark of the list. Shared ones are seen by all who may see items."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "owner", "name"], name="one_saved_view_per_project_owner_and_name"
            )
        ]

    def __str__(self) -> str:
        return self.name
