"""Verdicts without ratings that somebody wants judged again."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from annotations.choices import Outcome
from annotations.models import LeasedWork
from annotations.models.fields import choices_of
from models_llm.models.runs import Run


class Retry(LeasedWork):
    """What of a run is judged again. A worker collects the items and cuts them into further shards of the run."""

    task: ClassVar[str] = "models_llm.cut_retry"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="retries")
    outcomes = ArrayField(models.CharField(max_length=10, choices=choices_of(Outcome)))
    item_ids = ArrayField(models.BigIntegerField(), null=True, blank=True, help_text="Only these; empty: all.")
    n_items = models.PositiveBigIntegerField(null=True, blank=True, help_text="How many are judged again.")

    def __str__(self) -> str:
        return f"retry {self.pk} of run {self.run_id}"
