"""Judges and their frozen versions."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from annotations.models import Project, Rater, Rubric
from annotations.models.fields import choices_of
from models_llm.choices import JudgeKind, Queue


class Judge(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="judges")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=choices_of(JudgeKind))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_judge_per_project_and_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_words(self) -> str:
        return JudgeKind(self.kind).words

    @property
    def is_recorded(self) -> bool:
        """Whether its verdicts came with an import: it cannot be run."""
        return self.kind == JudgeKind.RECORDED


class JudgeVersion(models.Model):
    """A judge frozen: engine, model revision, prompt, rubric and sampling. Editing makes a new version.

    It points to its rater and never the other way, so statistics need not know what a judge is.
    """

    judge = models.ForeignKey(Judge, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    rater = models.OneToOneField(Rater, on_delete=models.PROTECT, related_name="judge_version")
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="+")
    engine = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=200, blank=True)
    revision = models.CharField(max_length=200, blank=True)
    config = models.JSONField(default=dict, help_text="Sampling, engine address, prompt template.")
    prompt_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="SHA-256 of all that decides a verdict: equal versions judge alike.",
    )
    queue = models.CharField(max_length=8, choices=choices_of(Queue), default=Queue.JUDGE)
    artifact = models.BinaryField(null=True, blank=True, help_text="A fitted judge's parameters.")
    artifact_digest = models.CharField(max_length=64, blank=True)
    evaluation = models.JSONField(null=True, blank=True, help_text="Held-out figures and what they were made on.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["judge", "number"], name="one_version_per_judge_and_number")]

    def __str__(self) -> str:
        return f"{self.judge} v{self.number}"

    @cached_property
    def seen_item_ids(self) -> frozenset[int]:
        """Items whose ratings by people it was fitted on or shows as examples; its verdicts there are assisted."""
        return frozenset(self.config.get("fitted_item_ids", ()))
