"""Asking for a change to many items, or for a draw; what was chosen is kept as it was."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from annotations.choices import Order
from annotations.errors import BulkActionError
from annotations.handoff import make_soon
from annotations.models import Chore, Item, Project, User
from annotations.models.chores import DRAW
from annotations.selectors.draws import check_draw
from annotations.services.bulk import BulkValues, Need, checked_action
from annotations.services.chores.doing import do_chore
from annotations.services.reservations import check_named
from annotations.services.worker_leases import lease_end

AT_ONCE: Final = 500
"""Items that are seen to at once by whoever was asked; they take a fraction of a second."""

FREEZE: Final = """
INSERT INTO annotations_choreitems (chore_id, items) SELECT %s, ARRAY({chosen}) RETURNING cardinality(items)
"""


def ask_action(
    *,
    action: str,
    project: Project,
    items: QuerySet[Item],
    user: User,
    values: BulkValues | None = None,
    n_agreed: int | None = None,
    query: str = "",
) -> Chore:
    """Have something done with those of the items that it fits now; items that come later are not among them.

    Args:
        items: items of other projects are left out.
        n_agreed: how many items were to change when somebody agreed; None to take them as they are.
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
    chosen = items.filter(project=project)
    with transaction.atomic():
        chore = Chore.objects.create(
            project=project,
            action=action,
            values=values.to_json(),
            query=query,
            n_chosen=chosen.count(),
            lease_expires_at=lease_end(),
            created_by=user,
        )
        chore.n_items = _freeze(chore, doing.fits(project, chosen))
        chore.save(update_fields=["n_items"])
        if n_agreed is not None and chore.n_items != n_agreed:
            raise BulkActionError(
                _("%(agreed)d items were to change, and it would be %(now)d by now; nothing was done, look again")
                % {"agreed": n_agreed, "now": chore.n_items}
            )
    return _begun(chore, n_items=chore.n_items)


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


def _freeze(chore: Chore, items: QuerySet[Item]) -> int:
    """Keep the items, in the order of the queue, without sending them to and fro. Returns: how many they are."""
    in_order = items.order_by(F("queued__position").asc(nulls_last=True), "pk").values("pk")
    try:
        chosen, parameters = in_order.query.sql_with_params()
    except EmptyResultSet:
        chosen, parameters = "SELECT NULL::bigint WHERE false", ()
    with connection.cursor() as cursor:
        cursor.execute(FREEZE.format(chosen=chosen), [chore.pk, *parameters])
        return int(cursor.fetchone()[0])


def _begun(chore: Chore, *, n_items: int) -> Chore:
    if n_items > AT_ONCE:
        make_soon(chore)
    else:
        do_chore(chore_id=chore.pk)
        chore.refresh_from_db()
    return chore
