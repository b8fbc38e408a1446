"""Judges that are fitted by a worker."""

from __future__ import annotations

from django.db import models

from annotations.models.fields import choices_of
from annotations.models.leased import UNFINISHED, LeasedWork
from models_llm.choices import JudgeKind, Queue
from models_llm.models.judges import JudgeVersion


class Fit(LeasedWork):
    """A judge that somebody wants fitted, and the version that came of it."""

    task = "models_llm.fit_judge"
    progress_fields = ("step",)

    name = models.CharField(max_length=120, help_text="Of the judge whose next version it makes.")
    kind = models.CharField(max_length=20, choices=choices_of(JudgeKind), default=JudgeKind.BASELINE)
    params = models.JSONField(default=dict, help_text="What this kind of judge is asked for beside seed and share.")
    seed = models.PositiveIntegerField()
    held_out_share = models.FloatField()
    step = models.TextField(blank=True, help_text="What the worker is at.")
    version = models.OneToOneField(JudgeVersion, null=True, blank=True, on_delete=models.CASCADE, related_name="fit")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name", "kind", "params", "seed", "held_out_share"],
                condition=models.Q(state__in=UNFINISHED),
                name="one_unfinished_fit_per_request",
            )
        ]

    def __str__(self) -> str:
        return f"fit {self.pk} of {self.name}"

    @property
    def worker_queue(self) -> str | None:
        """Training wants an accelerator where there is one."""
        return Queue.ENGINE if self.kind == JudgeKind.REWARD_MODEL else None
