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
    """A change to many items, or a draw.

    The items are chosen first, which is stored at once; then they are changed in pieces, each stored together with how
    far it is.

    Attributes:
        action: a name in `annotations.services.bulk.ACTIONS`, or DRAW.
        values: what the action is told besides the items.
        wanted: which items it is about, as `ItemFilter.to_json` says it.
        newest: id of the newest item when it was asked for; it is about none that came later.
        query: of the list that the items were chosen from, for the way back to it.
        n_agreed: how many items were to change when somebody agreed; None to take them as they are.
        n_found: items that are found so far, while they are chosen.
        n_chosen, n_items: items that `wanted` held as they were chosen, and of these the ones that the action fitted;
            None before. Of a draw, `n_items` are those drawn.
        n_done, n_changed: items that were seen to, and of these the ones that were changed.
        step: of a draw, which is made as a whole.
        draw: what came of a draw.
    """

    task: ClassVar[str] = "annotations.do_chore"
    progress_fields: ClassVar[tuple[str, ...]] = ("step", "n_found")

    action = models.CharField(max_length=12)
    values = models.JSONField(default=dict)
    wanted = models.JSONField(default=dict)
    newest = models.BigIntegerField(null=True, blank=True)
    query = models.TextField(blank=True)
    n_agreed = models.PositiveBigIntegerField(null=True, blank=True)
    n_found = models.PositiveBigIntegerField(default=0)
    n_chosen = models.PositiveBigIntegerField(null=True, blank=True)
    n_items = models.PositiveBigIntegerField(null=True, blank=True)
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

    @property
    def is_chosen(self) -> bool:
        """Whether it is known which items it is about; a draw over all of them has none to choose."""
        return self.action == DRAW or self.n_items is not None


class ChoreItems(models.Model):
    """The items that a chore is about, as they were chosen, in the order in which they are changed."""

    chore = models.OneToOneField(Chore, on_delete=models.CASCADE, primary_key=True, related_name="items")
    items = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"items of chore {self.chore_id}"
