"""Drafts of judges, tried on an item."""

from __future__ import annotations

from django.db import models

from annotations.models import Item
from annotations.models.fields import choices_of
from annotations.models.leased import LeasedWork
from models_llm.choices import Queue
from models_llm.models.judges import JudgeVersion


class DraftTrial(LeasedWork):
    """A draft beside the version it was made from, both on one item. It is no judgement, and is gone after a day."""

    task = "models_llm.judge_draft"

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.CASCADE, related_name="draft_trials")
    item = models.ForeignKey(Item, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    content = models.JSONField(
        null=True, blank=True, help_text="Context and candidates that were typed in, instead of an item."
    )
    document = models.JSONField(help_text="The draft as it was asked, as `services.judge_documents` reads it.")
    settings = models.JSONField(help_text="What the draft would freeze.")
    queue = models.CharField(max_length=8, choices=choices_of(Queue))
    result = models.JSONField(null=True, blank=True, help_text="Verdicts of `draft` and `saved`, once it is ready.")

    def __str__(self) -> str:
        return f"draft {self.pk} of {self.judge_version}"

    @property
    def worker_queue(self) -> str:
        """Where the engines of the draft and of its version run."""
        return self.queue
