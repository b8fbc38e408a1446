"""What leads ask for that is about many items: one change to all of them, or a draw for people."""

from __future__ import annotations

from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from annotations.choices import ChoreStep
from annotations.models.fields import choices_of
from annotations.models.leased import LeasedWork
from annotations.models.review import Draw

DRAW: Final = "draw"
"""The action of a chore that draws from all items of its project."""


QUEUE: Final = "queue"
"""The action that draws from the items that were chosen."""


class Chore(LeasedWork):
    """A change to many items, or a draw. A change is made in pieces; each is stored together with how far it is.

    Attributes:
        action: a name in `annotations.services.bulk.ACTIONS`, or DRAW.
        values: what the action is told besides the items.
        query: of the list that the items were chosen from.
        n_chosen, n_items: items that were chosen, and of these the ones that the action fitted.
        n_done, n_changed: items that were seen to, and of these the ones that were changed.
        step: of a draw, which is made as a whole.
        draw: what came of a draw.
    """

    task: ClassVar[str] = "annotations.do_chore"
    progress_fields: ClassVar[tuple[str, ...]] = ("step",)

    action = models.CharField(max_length=12)
    values = models.JSONField(default=dict)
    query = models.TextField(blank=True)
    n_chosen = models.PositiveBigIntegerField(default=0)
    n_items = models.PositiveBigIntegerField(default=0)
    n_done = models.PositiveBigIntegerField(default=0)
    n_changed = models.PositiveBigIntegerField(default=0)
    step = models.CharField(max_length=8, choices=choices_of(ChoreStep), blank=True)
    draw = models.ForeignKey(
        Draw, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # fmt: skip

    def __str__(self) -> str:
        return f"chore {self.pk}: {self.action}"

    @property
    def is_draw(self) -> bool:
        """Whether it is made as a whole, by putting items into the queue."""
        return self.action in (DRAW, QUEUE)


class ChoreItems(models.Model):
    """The items that a chore is about, as they were chosen, in the order in which they are changed."""

    chore = models.OneToOneField(Chore, on_delete=models.CASCADE, primary_key=True, related_name="items")
    items = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"items of chore {self.chore_id}"
