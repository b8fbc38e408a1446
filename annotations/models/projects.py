"""A project: one stream of items of one kind under one rubric, with its policy and guidelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotations.allocation import POLICY_FIELDS, PolicySettings
from annotations.choices import Order, ProjectKind
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
    """How items are given to people. Changing it makes a version; every assignment names the one it came from.

    What each setting means, and what it may be, stands in `annotations.allocation.PolicySettings`.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField()
    overlap = models.PositiveSmallIntegerField(default=1)
    more_overlap = models.PositiveSmallIntegerField(null=True, blank=True)
    more_overlap_share = models.FloatField(default=0)
    order = models.CharField(max_length=12, choices=choices_of(Order), default=Order.RANDOM)
    uniform_share = models.FloatField(default=0.2)
    slice_key = models.CharField(max_length=60, blank=True)
    slice_least = models.PositiveIntegerField(default=0)
    lease_s = models.PositiveIntegerField(default=900)
    may_skip = models.BooleanField(default=True)
    skill_slice = models.CharField(max_length=60, blank=True)
    gold_share = models.FloatField(default=0)
    gold_feedback = models.BooleanField(default=False)
    shows_gold_accuracy = models.BooleanField(default=False)
    gold_acceptable = models.FloatField(default=0.9)
    gold_bad = models.FloatField(default=0.7)
    gold_error = models.FloatField(default=0.05)
    training_pass = models.FloatField(null=True, blank=True)
    blind_share = models.FloatField(default=0)
    reveal_share = models.FloatField(default=1)
    assist_share = models.FloatField(default=0)
    challenge_share = models.FloatField(default=0)
    most_overlap = models.PositiveSmallIntegerField(null=True, blank=True)
    daily_target = models.PositiveIntegerField(null=True, blank=True)
    seed = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="one_policy_per_project_and_version"),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="policy_overlap_is_at_least_one"),
        ]

    def __str__(self) -> str:
        return f"policy {self.version} of {self.project_id}"

    def settings(self) -> PolicySettings:
        values = {name: getattr(self, name) for name in POLICY_FIELDS}
        return PolicySettings(**{**values, "order": Order(self.order)})


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
