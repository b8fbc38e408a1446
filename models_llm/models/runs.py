"""Runs of a judge version over items, in shards that are leased to workers, and the verdicts they made."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotations.models import Judgement
from annotations.models.fields import RealField, choices_of
from models_llm.choices import UNDER_WAY, Flag, RunState, ShardState
from models_llm.models.judges import JudgeVersion


class Run(models.Model):
    """A judge version over items. A worker prepares it under a lease: draws the items and cuts them into shards."""

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=10, choices=choices_of(RunState), default=RunState.PREPARING)
    selection = models.JSONField(default=dict, help_text="Which items were chosen, as it was asked.")
    n_items = models.PositiveBigIntegerField(null=True, blank=True, help_text="Empty until they are drawn.")
    shard_size = models.PositiveIntegerField(help_text="Items that a worker leases at once.")
    seed = models.BigIntegerField(default=0)
    priority = models.SmallIntegerField(default=0, help_text="Of runs that wait for the same workers, higher first.")
    most_tokens = models.PositiveBigIntegerField(null=True, blank=True, help_text="Budget; empty: none.")
    most_cost = models.FloatField(null=True, blank=True, help_text="Budget, in the price list's currency.")
    most_gpu_s = models.FloatField(null=True, blank=True, help_text="Budget, in seconds of an accelerator.")
    note = models.TextField(blank=True, help_text="Why it stands still, where nobody paused it.")
    retry_at = models.DateTimeField(
        null=True, blank=True, help_text="When it goes on by itself after an outage; empty: it does not."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    leased_by = models.CharField(max_length=120, blank=True, help_text="Who prepares it; empty: nobody yet.")
    lease_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when its message, or the worker that prepares it, is waited for."
    )
    prepared_at = models.DateTimeField(null=True, blank=True, help_text="When all its shards were there.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[RunState.PREPARING, RunState.PAUSED, RunState.CANCELLED])
                | Q(n_items__isnull=False, prepared_at__isnull=False),
                name="run_is_prepared_before_it_judges",
            ),
            models.CheckConstraint(
                condition=Q(retry_at__isnull=True) | Q(state=RunState.PAUSED), name="run_is_retried_where_it_is_paused"
            ),
        ]

    @property
    def goes_on(self) -> bool:
        """Whether more comes of it by itself."""
        return self.state in UNDER_WAY or self.retry_at is not None

    def __str__(self) -> str:
        return f"run {self.pk} of {self.judge_version}"


class Metered(models.Model):
    """What judging used. Null where no engine said it."""

    prompt_tokens = models.BigIntegerField(null=True, blank=True)
    cached_tokens = models.BigIntegerField(null=True, blank=True)
    completion_tokens = models.BigIntegerField(null=True, blank=True)
    queue_s = models.FloatField(default=0)
    engine_s = models.FloatField(default=0)
    gpu_s = models.FloatField(default=0)
    cost = models.FloatField(null=True, blank=True)

    class Meta:
        abstract = True


class Shard(Metered):
    """The unit of work: some of a run's items. A worker holds it by a lease and renews that while it works.

    Its counts and what it used are written with its verdicts, in one transaction and in one place. The counts are
    what it changed in its run's live verdicts: one that judges again takes from one outcome and adds to another.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField()
    item_ids = ArrayField(models.BigIntegerField())
    redo_before = models.DateTimeField(
        null=True, blank=True, help_text="Verdicts made before this are superseded; empty: items with one are left."
    )
    state = models.CharField(max_length=8, choices=choices_of(ShardState), default=ShardState.WAITING)
    leased_by = models.CharField(max_length=120, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When it was given out; empty: it waits.")
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, help_text="What ended the last attempt.")
    n_rated = models.IntegerField(default=0)
    n_unparsed = models.IntegerField(default=0)
    n_refused = models.IntegerField(default=0)
    n_truncated = models.IntegerField(default=0)
    n_failed = models.IntegerField(default=0)
    n_copied = models.IntegerField(default=0, help_text="Of these, taken over from an equal item.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="one_shard_per_run_and_number")]
        indexes = [
            models.Index(fields=["run", "number"], condition=~Q(state=ShardState.DONE), name="open_shards"),
            models.Index(
                fields=["run"],
                condition=~Q(state=ShardState.DONE) & Q(sent_at__isnull=False),
                name="shards_on_their_way",
            ),
        ]

    def __str__(self) -> str:
        return f"shard {self.number} of run {self.run_id}"


class VerdictQuerySet(models.QuerySet["Verdict"]):
    def live(self) -> VerdictQuerySet:
        return self.filter(judgement__superseded_at__isnull=True)

    def unrated(self) -> VerdictQuerySet:
        """Those without ratings: every one of them says why, and by that an index finds them."""
        return self.exclude(error="")

    def flagged(self, flag: Flag | None = None) -> VerdictQuerySet:
        """Those with the flag, or with any."""
        flagged = self.exclude(flags=[])  # the condition of an index
        return flagged if flag is None else flagged.filter(flags__contains=[flag])


class Verdict(Metered):
    """What only a judge's judgement has: where it came from, every call it rests on, and what it cost.

    `calls` is a list in the order asked: name, prompt digest, text, finish reason, error, endpoint, the labels'
    weights and the tokens and times of each. `masses` has a label mass for each criterion.
    """

    judgement = models.OneToOneField(Judgement, on_delete=models.CASCADE, primary_key=True, related_name="verdict")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="verdicts", db_index=False)
    calls = models.JSONField(default=list)
    masses = ArrayField(RealField(null=True), null=True, blank=True)
    error = models.TextField(blank=True)
    flags = ArrayField(models.CharField(max_length=20, choices=choices_of(Flag)), default=list, blank=True)
    copied_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="The verdict on an equal item that this one repeats at no cost.",
    )

    objects = VerdictQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["run"], condition=~Q(flags=[]), name="flagged_verdicts"),
            models.Index(fields=["run", "judgement"], name="verdicts_of_a_run"),
            models.Index(fields=["run", "judgement"], condition=~Q(error=""), name="unrated_verdicts"),
        ]

    def __str__(self) -> str:
        return f"verdict {self.judgement_id}"

    @property
    def replies(self) -> list[tuple[str, str]]:
        """What came back, with the name of each call; calls that got no text are left out."""
        return [(call.get("name", ""), call["text"]) for call in self.calls if call["text"]]
