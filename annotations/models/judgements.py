"""What raters said of items. One table for people and judges, append-only."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Random
from django.utils import timezone

from annotations.choices import GoldSource, GoldUse, Outcome, Purpose, Visible
from annotations.models.fields import RealField, choices_of
from annotations.models.items import Batch, Item
from annotations.models.people import Rater
from annotations.models.projects import Guideline
from annotations.models.rubrics import Rubric


class JudgementQuerySet(models.QuerySet["Judgement"]):
    def live(self) -> JudgementQuerySet:
        """What counts now: no answers on gold or in training, and no second looks."""
        return self.filter(superseded_at__isnull=True, purpose=Purpose.WORK)

    def newest(self) -> JudgementQuerySet:
        """What nothing has superseded, whatever it was for."""
        return self.filter(superseded_at__isnull=True)


class Judgement(models.Model):
    """One rater's outcome on one item under one rubric version.

    `levels` holds level positions in the order of the rubric's criteria, null where not rated; `scores` the reals a
    rater gave, as they were given, in the same order; `distributions` the probabilities over the levels, criterion
    after criterion. The database refuses another number of levels than the rubric has criteria
    (`judgement_has_a_level_per_criterion`) and any change but the stamp below (`judgements_are_append_only`).
    A revision is a new row: the old one is stamped with `superseded_at`, the new one points to it. A second look, which
    is a revision after judges were shown, points to the first answer too but leaves it standing. `highlights` are the
    words that decided: `[{"in": "candidate.0.reason", "from": 4, "to": 9, "text": "poles"}, …]`.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="judgements")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="judgements", db_index=False)
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    outcome = models.CharField(max_length=10, choices=choices_of(Outcome), default=Outcome.RATED)
    levels = ArrayField(models.SmallIntegerField(null=True))
    scores = ArrayField(models.FloatField(null=True), null=True, blank=True)
    distributions = ArrayField(RealField(), null=True, blank=True)
    rationale = models.TextField(blank=True)
    rationales = ArrayField(models.TextField(blank=True), null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    visible = models.CharField(max_length=10, choices=choices_of(Visible), default=Visible.UNKNOWN)
    purpose = models.CharField(max_length=8, choices=choices_of(Purpose), db_default=Purpose.WORK)
    guideline = models.ForeignKey(
        Guideline, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    highlights = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = JudgementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rater", "item"],
                condition=Q(superseded_at__isnull=True) & ~Q(purpose=Purpose.SECOND),
                name="one_live_judgement_per_rater_and_item",
            ),
            models.UniqueConstraint(
                fields=["rater", "item"],
                condition=Q(superseded_at__isnull=True, purpose=Purpose.SECOND),
                name="one_second_look_per_rater_and_item",
            ),
            models.CheckConstraint(
                condition=Q(seconds__isnull=True) | Q(seconds__gte=0),
                name="judgement_seconds_are_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rater_id} on {self.item_id}: {self.outcome}"


class Gold(models.Model):
    """Known ratings of an item, with where they came from and what they are used for.

    `lot` puts the gold of a rubric in a random order that stays: an annotator is given the next after a lot of theirs.
    What is retired turned out to be wrong: it is given to nobody, and no answer is held to it any more.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="gold", db_index=False)
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="+")
    levels = ArrayField(models.SmallIntegerField(null=True))
    source = models.CharField(max_length=10, choices=choices_of(GoldSource))
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    use = models.CharField(max_length=8, choices=choices_of(GoldUse), db_default=GoldUse.KNOWN)
    explanation = models.TextField(blank=True, db_default="")
    lot = models.FloatField(db_default=Random())
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "rubric"], name="one_gold_per_item_and_rubric"),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(use=GoldUse.KNOWN), name="retired_gold_is_not_in_use"
            ),
        ]
        indexes = [
            models.Index(fields=["rubric", "use", "lot"], condition=~Q(use=GoldUse.KNOWN), name="gold_in_use_by_lot")
        ]

    def __str__(self) -> str:
        return f"gold of {self.item_id}"
