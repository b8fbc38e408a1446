"""Runs of a judge version over items, in shards that are leased to workers, and the verdicts they made."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotations.models import Judgement
from annotations.models.fields import choices_of
from models_llm.choices import RunState, ShardState
from models_llm.models.judges import JudgeVersion


class Run(models.Model):
    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=10, choices=choices_of(RunState), default=RunState.RUNNING)
    selection = models.JSONField(default=dict, help_text="Which items were chosen, as it was asked.")
    n_items = models.PositiveBigIntegerField()
    seed = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"run {self.pk} of {self.judge_version}"


class Shard(models.Model):
    """The unit of work: some of a run's items. A worker holds it by a lease and renews that while it works."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField()
    item_ids = ArrayField(models.BigIntegerField())
    redo_before = models.DateTimeField(
        null=True, blank=True, help_text="Verdicts made before this are superseded; empty: items with one are left."
    )
    state = models.CharField(max_length=8, choices=choices_of(ShardState), default=ShardState.WAITING)
    leased_by = models.CharField(max_length=120, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="one_shard_per_run_and_number")]
        indexes = [
            models.Index(fields=["run", "number"], condition=~Q(state=ShardState.DONE), name="open_shards"),
        ]

    def __str__(self) -> str:
        return f"shard {self.number} of run {self.run_id}"


class Verdict(models.Model):
    """What only a judge's judgement has: where it came from and what it cost."""

    judgement = models.OneToOneField(Judgement, on_delete=models.CASCADE, primary_key=True, related_name="verdict")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="verdicts")
    prompt_digest = models.CharField(max_length=64, blank=True)
    raw_text = models.TextField(blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    latency_ms = models.FloatField(null=True, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"verdict {self.judgement_id}"
