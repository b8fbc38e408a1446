"""Items on which people differ: who else was asked, what an adjudicator decided, and on what they looked."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotations.choices import Cause, DisputeState
from annotations.models.fields import choices_of
from annotations.models.items import Item
from annotations.models.people import User
from annotations.models.projects import Project
from annotations.models.rubrics import Rubric


class Escalation(models.Model):
    """One more person asked about an item, because the answers so far differ.

    Attributes:
        overlap: places that the item has from then on.
        criteria, reason: where they differ, as positions and in words.
        compared: ids of the answers that were compared.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="escalations", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    overlap = models.PositiveSmallIntegerField()
    criteria = ArrayField(models.SmallIntegerField())
    reason = models.TextField()
    compared = ArrayField(models.BigIntegerField())
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "overlap"], name="one_escalation_per_item_and_overlap")]

    def __str__(self) -> str:
        return f"{self.item_id} to {self.overlap}"


class Dispute(models.Model):
    """An item whose answers differ though nobody more is asked. An adjudicator holds it while its lease runs.

    Attributes:
        criteria, reason: where the answers differ, as positions and in words.
        waits_since: those that wait longest come first; whoever puts one back sends it to the end.
        holder, lease_expires_at: who is at it.
        saw_names, saw_verdicts: what the holder has had shown; a new holder begins with neither.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="disputes", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="disputes", db_index=False)
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=choices_of(DisputeState), default=DisputeState.OPEN)
    criteria = ArrayField(models.SmallIntegerField())
    reason = models.TextField()
    opened_at = models.DateTimeField(default=timezone.now)
    waits_since = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    holder = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    saw_names = models.BooleanField(default=False)
    saw_verdicts = models.BooleanField(default=False)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "rubric"], name="one_dispute_per_item_and_rubric"),
            models.UniqueConstraint(
                fields=["project", "holder"],
                condition=Q(holder__isnull=False),
                name="one_dispute_in_the_hands_of_an_adjudicator",
            ),
            models.CheckConstraint(
                condition=Q(state=DisputeState.OPEN) | Q(holder__isnull=True), name="only_open_disputes_are_held"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "waits_since"], condition=Q(state=DisputeState.OPEN), name="open_disputes"),
            models.Index(fields=["project", "state", "-id"], name="disputes_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.reason}"


class RulingQuerySet(models.QuerySet["Ruling"]):
    def live(self) -> RulingQuerySet:
        return self.filter(superseded_at__isnull=True)


class Ruling(models.Model):
    """What an adjudicator decided on a disputed item. Append-only, as judgements are (`rulings_are_append_only`).

    Reopening the dispute stamps it with `superseded_at`; the next ruling points to it.

    Attributes:
        criterion: position of the criterion on which the guidelines are unclear, where that is the cause.
        shown: ids of the answers that stood on the page.
        saw_names, saw_verdicts: whether the adjudicator had the names, and what judges said, shown before deciding.
        seconds: that the page was in view.
        dealt_at, dealt_by: when the guidelines that it blames were seen to, and by whom.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="rulings")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="rulings", db_index=False)
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="+", db_index=False)
    adjudicator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    levels = ArrayField(models.SmallIntegerField())
    reason = models.TextField(blank=True)
    cause = models.CharField(max_length=20, choices=choices_of(Cause))
    criterion = models.PositiveSmallIntegerField(null=True, blank=True)
    shown = ArrayField(models.BigIntegerField())
    saw_names = models.BooleanField()
    saw_verdicts = models.BooleanField()
    seconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    superseded_at = models.DateTimeField(null=True, blank=True)
    dealt_at = models.DateTimeField(null=True, blank=True)
    dealt_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects = RulingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "rubric"],
                condition=Q(superseded_at__isnull=True),
                name="one_live_ruling_per_item_and_rubric",
            ),
            models.CheckConstraint(
                condition=Q(cause=Cause.GUIDELINE_UNCLEAR, criterion__isnull=False)
                | (~Q(cause=Cause.GUIDELINE_UNCLEAR) & Q(criterion__isnull=True)),
                name="unclear_guidelines_name_their_criterion",
            ),
            models.CheckConstraint(
                condition=Q(seconds__isnull=True) | Q(seconds__gte=0), name="ruling_seconds_are_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["rubric", "criterion"],
                condition=Q(cause=Cause.GUIDELINE_UNCLEAR),
                name="unclear_guidelines",
            )
        ]

    def __str__(self) -> str:
        return f"{self.adjudicator_id} on {self.item_id}: {self.cause}"
