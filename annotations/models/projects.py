"""A project: one stream of items of one kind under one rubric, with its policy and guidelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotations.choices import ProjectKind
from annotations.models.fields import choices_of

if TYPE_CHECKING:
    from annotations.models.people import User
    from annotations.models.rubrics import Rubric


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> ProjectQuerySet:
        """Projects the user is a member of; everything else does not exist for them."""
        return self.filter(memberships__user=user)


class Project(models.Model):
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=choices_of(ProjectKind))
    description = models.TextField(blank=True)
    is_simulated = models.BooleanField(default=False, help_text="Items or people are made up.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def current_rubric(self) -> Rubric:
        return self.rubrics.order_by("-version")[:1].get()

    def current_policy(self) -> ReviewPolicy:
        return self.policies.order_by("-version")[:1].get()

    def current_guideline(self) -> Guideline | None:
        return self.guidelines.order_by("-version").first()


class ReviewPolicy(models.Model):
    """How items are given to people. Changing it makes a version; every assignment names the one it came from."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField()
    overlap = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(50)])
    lease_s = models.PositiveIntegerField(default=900, validators=[MinValueValidator(60), MaxValueValidator(86_400)])
    reveal_after = models.BooleanField(
        default=True, help_text="Show the judge's verdict next to one's own once it is submitted."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="one_policy_per_project_and_version"),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="policy_overlap_is_at_least_one"),
        ]

    def __str__(self) -> str:
        return f"policy {self.version} of {self.project_id}"


class Guideline(models.Model):
    """What annotators are told, as Markdown. Append-only."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guidelines")
    version = models.PositiveIntegerField()
    text = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="one_guideline_per_project_and_version")
        ]

    def __str__(self) -> str:
        return f"guideline {self.version} of {self.project_id}"
