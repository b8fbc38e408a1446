"""Who uses the platform, and who rates."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.choices import RaterKind, Role
from annotations.models.fields import choices_of
from annotations.models.projects import Guideline, Project


class User(AbstractUser):
    display_name = models.CharField(max_length=120, blank=True)
    is_simulated = models.BooleanField(default=False, help_text="A program that plays a person.")
    theme = models.CharField(max_length=10, default="auto", choices=[(t, t) for t in ("auto", "light", "dark")])
    language = models.CharField(max_length=10, blank=True)
    review_keys = models.JSONField(default=dict, blank=True, help_text="Keys that are not the usual, by action.")
    submits_alone = models.BooleanField(
        null=True, blank=True, help_text="The last open choice submits; null: where it is the only one."
    )

    @property
    def name(self) -> str:
        return self.display_name or self.username


class Membership(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=choices_of(Role))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_membership_per_project_and_user")]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} in {self.project_id}"


class Invitation(models.Model):
    """A link that makes whoever opens it a member. Only a digest of its token is kept."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=12, choices=choices_of(Role))
    token_digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.project_id}"

    def fault(self, now: datetime) -> str:
        """Why the invitation cannot be used; empty if it can."""
        if self.accepted_at is not None:
            return _("This invitation has been used. It serves one person; ask a lead of the project for a new one.")
        if self.revoked_at is not None:
            return _("This invitation was revoked. Ask a lead of the project for a new one.")
        if self.expires_at <= now:
            return _("This invitation is out of date. Ask a lead of the project for a new one.")
        return ""


class ApiToken(models.Model):
    """A person's key to the API. Only a digest is kept; `prefix` tells tokens apart."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Rater(models.Model):
    """A person or a judge version: one kind of thing to every statistic.

    `user` is empty for people known only from imported data; PEOPLE stands for a published aggregate of several.
    Whoever is paused gets no items, and a `Pause` says why. Where the policy asks for training, so does whoever is not
    qualified, but for those of the training, of which `training_attempt` counts the tries; `skills` are values of the
    policy's `skill_slice`. `guideline_read` is what a person has confirmed to have read after it changed.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="raters")
    kind = models.CharField(max_length=8, choices=choices_of(RaterKind))
    name = models.CharField(max_length=200)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="raters")
    is_simulated = models.BooleanField(default=False)
    skills = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    qualified_at = models.DateTimeField(null=True, blank=True)
    training_attempt = models.PositiveSmallIntegerField(db_default=1)
    paused_at = models.DateTimeField(null=True, blank=True)
    guideline_read = models.ForeignKey(
        Guideline, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "name"], name="one_rater_per_project_kind_and_name"),
            models.UniqueConstraint(
                fields=["project", "user"],
                condition=Q(user__isnull=False),
                name="one_rater_per_project_and_user",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(kind=RaterKind.PERSON), name="only_a_person_has_a_user"
            ),
        ]

    def __str__(self) -> str:
        return self.name
