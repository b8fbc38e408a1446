"""Times in which an annotator was given nothing, and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotations.choices import PauseReason
from annotations.models.fields import choices_of
from annotations.models.people import Rater


class Pause(models.Model):
    """One pause of an annotator, from its reason to how it ended.

    Attributes:
        note: what the lead said who paused; empty for what the platform decided.
        evidence: what the decision was read from: answers counted, how many were right, where the test stood.
        end_note: what the lead said who let the annotator go on.
    """

    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=8, choices=choices_of(PauseReason))
    note = models.TextField(blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    end_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rater"], condition=Q(ended_at__isnull=True), name="one_running_pause_per_rater"
            )
        ]

    def __str__(self) -> str:
        return f"pause of {self.rater_id}: {self.reason}"
