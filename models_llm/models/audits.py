"""Audits of judge versions for bias."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from annotations.models.leased import UNFINISHED, LeasedWork
from models_llm.models.judges import JudgeVersion


class Audit(LeasedWork):
    """The bias suite on one judge version, over items that the seed draws. Altered items are stored nowhere."""

    task = "models_llm.run_audit"
    progress_fields = ("n_done", "n_trials")

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.CASCADE, related_name="audits")
    seed = models.PositiveIntegerField(default=0)
    most_items = models.PositiveIntegerField(help_text="Items to draw, where the project has so many.")
    checks = ArrayField(models.CharField(max_length=40), help_text="Keys of the checks, in the order of the suite.")
    n_done = models.PositiveIntegerField(default=0, help_text="Items judged so far, as they are and altered.")
    n_trials = models.PositiveIntegerField(default=0, help_text="Items to judge, as they are and altered.")
    report = models.JSONField(
        null=True, blank=True, help_text="`models_llm.bias.AuditReport` as JSON, once the state is ready."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judge_version", "seed", "most_items", "checks"],
                condition=models.Q(state__in=UNFINISHED),
                name="one_unfinished_audit_per_request",
            )
        ]

    def __str__(self) -> str:
        return f"audit {self.pk} of {self.judge_version}"

    @property
    def worker_queue(self) -> str:
        """That of the audited version: its engine runs there."""
        return self.judge_version.queue


class JudgedTrial(models.Model):
    """What the judge of an unfinished audit has said so far: whoever takes the audit up next goes on from there."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="judged")
    key = models.CharField(max_length=64, help_text="SHA-256 of what was asked.")
    verdict = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audit", "key"], name="one_verdict_per_audit_and_key")]

    def __str__(self) -> str:
        return f"trial {self.key[:8]} of audit {self.audit_id}"
