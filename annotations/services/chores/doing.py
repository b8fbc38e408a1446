"""Doing what was asked: items are chosen, then changed in parts, each stored with how far it is; a draw as a whole."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.db.models import Func

from annotations.choices import ChoreStep, Order, WorkState
from annotations.errors import AnnotationsError, BulkActionError
from annotations.models import Chore, ChoreItems, Item
from annotations.models.chores import DRAW
from annotations.selectors.chores import items_of
from annotations.sentences import sentence as _
from annotations.services import leased_work
from annotations.services.bulk import ACTIONS, BulkValues, Part
from annotations.services.chores.choosing import choose_items
from annotations.services.leased_work import check_ours, close, finish, make, note
from annotations.services.queue import queue_items

PART: Final = 1_000
"""Items that are changed together. Annotators wait for no more, and a worker that is killed loses no more."""


def do_chore(*, chore_id: int) -> bool:
    """Do what is left of a chore that is free to take; otherwise do nothing.

    A worker that is killed leaves the items that it chose and the parts that it did, and the next one goes on behind
    them. Whoever lost the lease, or whose chore was cancelled, stores nothing more.

    Returns: whether it was finished, or failed, here.
    """
    return make(Chore, chore_id, _do, known=AnnotationsError)


def cancel_chore(*, chore: Chore) -> bool:
    """End a chore that is not finished. What it has changed stays so; a draw puts nothing into the queue.

    Returns: whether it was still open.
    """
    return leased_work.cancel(chore)


def sweep_chores() -> int:
    """Send again what nobody has seen to within its lease. Returns: how many messages are sent."""
    return leased_work.sweep(Chore)


def _do(chore: Chore) -> bool:
    if chore.action == DRAW:
        return _draw(chore)
    if chore.created_by is None:
        raise BulkActionError(_("whoever asked for it has no account any more"))
    if not chore.is_chosen:
        choose_items(chore, chore.created_by)
    if not chore.n_items:
        return finish(chore, state=WorkState.READY)
    run = ACTIONS[chore.action].run
    if run is None:
        return _draw(chore)
    values = BulkValues.from_json(chore.values, chore.project)
    items = items_of(chore)
    while chore.n_done < len(items):
        ids = items[chore.n_done : chore.n_done + PART].tolist()
        with transaction.atomic():
            part = Part(chore.project, ids, values, user=chore.created_by, n_before=chore.n_changed)
            n_changed = run(part)
            note(chore, n_done=chore.n_done + len(ids), n_changed=chore.n_changed + n_changed)
    return finish(chore, state=WorkState.READY)


def _draw(chore: Chore) -> bool:
    def at(step: ChoreStep) -> None:
        chore.step = step
        check_ours(chore)

    with transaction.atomic():
        draw = queue_items(project=chore.project, drawn_by=chore.created_by, on_step=at, **_of_draw(chore))
        chore.step = ""
        close(
            chore, state=WorkState.READY, draw=draw, n_items=draw.n_drawn, n_done=draw.n_drawn, n_changed=draw.n_added
        )  # fmt: skip
    return True


def _of_draw(chore: Chore) -> dict[str, Any]:
    """Arguments of `queue_items`."""
    if chore.action != DRAW:
        ids = ChoreItems.objects.filter(chore=chore).values(item=Func("items", function="unnest"))
        return {"items": Item.objects.filter(pk__in=ids)}
    order = chore.values["order"]
    return {**chore.values, "order": Order(order) if order else None}
