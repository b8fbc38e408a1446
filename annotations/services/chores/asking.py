"""Asking for a change to many items, or for a draw: which items are meant is said, and chosen by whoever does it."""

from __future__ import annotations

from typing import Final

from django.db.models import Max

from annotations.choices import Order
from annotations.handoff import make_soon
from annotations.models import Chore, Item, Project, User
from annotations.models.chores import DRAW
from annotations.selectors.draws import check_draw
from annotations.selectors.item_filters import ItemFilter
from annotations.selectors.items import visible_items
from annotations.services.bulk import BulkValues, Need, checked_action
from annotations.services.chores.choosing import not_as_agreed
from annotations.services.chores.doing import do_chore
from annotations.services.reservations import check_named
from annotations.services.worker_leases import lease_end

AT_ONCE: Final = 500
"""Items that are seen to at once by whoever was asked; they take a fraction of a second."""


def ask_action(
    *,
    action: str,
    project: Project,
    wanted: ItemFilter,
    user: User,
    values: BulkValues | None = None,
    n_agreed: int | None = None,
    query: str = "",
) -> Chore:
    """Have something done with those of the items that it fits as it begins; items that come later are not among them.

    Args:
        wanted: which items, of those that the user sees.
        n_agreed: how many items were to change when somebody agreed; None to take them as they are. Where they are
            many, the worker counts them, and where it finds more the chore fails without a change.
        query: of the list that they were chosen from.
    Returns: the chore, finished already if it is about few items.
    Raises:
        BulkActionError: there is no such action, a value is missing, or other than `n_agreed` items would change.
        ReservationError: items cannot be kept for the people named.
    """
    values = values or BulkValues()
    doing = checked_action(action, values)
    if Need.PEOPLE in doing.needs:
        check_named(project, values.raters)
    fitting = doing.fits(project, visible_items(project, wanted, user))
    if n_agreed is None:
        n_items = fitting[: AT_ONCE + 1].count()
    elif n_agreed <= AT_ONCE:
        n_items = fitting.count()
        if n_items != n_agreed:
            raise not_as_agreed(n_agreed, n_items)
    else:
        n_items = n_agreed
    chore = Chore.objects.create(
        project=project,
        action=action,
        values=values.to_json(),
        wanted=wanted.to_json(),
        newest=Item.objects.aggregate(newest=Max("pk"))["newest"],
        query=query,
        n_agreed=n_agreed,
        lease_expires_at=lease_end(),
        created_by=user,
    )
    return _begun(chore, n_items=n_items)


def ask_draw(
    *,
    project: Project,
    n: int | None = None,
    seed: int | None = None,
    order: Order | None = None,
    user: User | None = None,
) -> Chore:
    """Have items drawn for people as `queue_items` does, from all that the project has when it is drawn.

    Returns: the chore, finished already if the project has few items.
    Raises: DrawError, if it can be seen at once that nothing can be drawn so.
    """
    check_draw(project=project, settings=project.current_policy().settings(), n=n, order=order)
    chore = Chore.objects.create(
        project=project,
        action=DRAW,
        values={"n": n, "seed": seed, "order": order},
        lease_expires_at=lease_end(),
        created_by=user,
    )
    return _begun(chore, n_items=project.items.all()[: AT_ONCE + 1].count())


def _begun(chore: Chore, *, n_items: int) -> Chore:
    if n_items > AT_ONCE:
        make_soon(chore)
    else:
        do_chore(chore_id=chore.pk)
        chore.refresh_from_db()
    return chore
