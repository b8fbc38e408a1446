"""What people say to each other about an item, beside their judgements of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotations.choices import FlagReason
from annotations.models.fields import choices_of
from annotations.models.items import Item
from annotations.models.people import User
from annotations.models.projects import Project


class Flag(models.Model):
    """Something is the matter with an item, and a lead should look at it."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="flags", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="flags", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=10, choices=choices_of(FlagReason))
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "user"], condition=Q(resolved_at__isnull=True), name="one_open_flag_per_item_and_user"
            )
        ]
        indexes = [
            models.Index(fields=["item"], name="flags_of_an_item"),
            models.Index(fields=["project", "-id"], condition=Q(resolved_at__isnull=True), name="open_flags"),
            models.Index(fields=["project", "-id"], name="flags_of_a_project"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.reason}"


class Comment(models.Model):
    """Words about an item. A comment without `reply_to` begins a thread, and is what gets resolved."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="comments")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    reply_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies")
    text = models.TextField()
    is_by_lead = models.BooleanField(help_text="Whether the author was a lead of the project then.")
    created_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reply_to__isnull=True) | Q(resolved_at__isnull=True), name="only_threads_are_resolved"
            )
        ]

    def __str__(self) -> str:
        return f"{self.author_id} on {self.item_id}"


class Mention(models.Model):
    """A member named in a comment, and when they saw it."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "user"], name="one_mention_per_comment_and_user")]
        indexes = [
            models.Index(fields=["user", "project", "-id"], name="mentions_of_a_member"),
            models.Index(fields=["user", "project"], condition=Q(seen_at__isnull=True), name="unseen_mentions"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.comment_id}"
