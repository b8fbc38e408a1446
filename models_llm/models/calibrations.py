"""Calibrations of judge versions."""

from __future__ import annotations

from django.db import models

from annotations.models.leased import UNFINISHED, LeasedWork
from models_llm.models.judges import JudgeVersion


class Calibration(LeasedWork):
    """Maps from a version's probabilities to what people say, fitted on people's consensus as it was at one time."""

    task = "models_llm.fit_calibration"

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.CASCADE, related_name="calibrations")
    seed = models.PositiveIntegerField(default=0, help_text="Deals the groups into folds and draws the resamples.")
    document = models.JSONField(null=True, blank=True, help_text="Maps and figures by criterion, once it is ready.")
    examples = models.BinaryField(
        null=True, blank=True, help_text="The items with both probabilities of each, as a NumPy archive."
    )
    examples_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what it was fitted on.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judge_version", "seed"],
                condition=models.Q(state__in=UNFINISHED),
                name="one_unfinished_calibration_per_request",
            )
        ]

    def __str__(self) -> str:
        return f"calibration {self.pk} of {self.judge_version}"
