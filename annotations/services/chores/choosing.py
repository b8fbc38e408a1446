"""Choosing the items that a chore is about: those that fit as it begins, kept until it has ended."""

from __future__ import annotations

from typing import Final

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet

from annotations.allocation import IntArray
from annotations.errors import BulkActionError
from annotations.models import Chore, ChoreItems, Item, User
from annotations.selectors.item_filters import ItemFilter
from annotations.selectors.items import visible_items
from annotations.sentences import sentence as _
from annotations.services.bulk import ACTIONS
from annotations.services.copying import as_array, copy_lines
from annotations.services.leased_work import check_ours, note

READ_AT_ONCE: Final = 5_000
LAST: Final = np.iinfo(np.int64).max


def choose_items(chore: Chore, user: User) -> None:
    """Keep the items that a chore of ours is about, in the order of the queue, all of one moment.

    A worker that is killed meanwhile has kept none of them, and changed nothing; the next one chooses anew.

    Raises:
        BulkActionError: more than `n_agreed` items would change. Fewer may: people go on answering meanwhile.
        LeaseEndedError: it was cancelled, or another worker took it.
    """
    wanted = visible_items(chore.project, ItemFilter.from_json(chore.wanted), user)
    chosen = wanted.filter(pk__lte=chore.newest or 0)
    fitting = ACTIONS[chore.action].fits(chore.project, chosen)
    with transaction.atomic():
        ids = _in_order(chore, fitting)
        if chore.n_agreed is not None and len(ids) > chore.n_agreed:
            raise not_as_agreed(chore.n_agreed, len(ids))
        line = b"\t".join((str(chore.pk).encode(), as_array(ids.tolist()))) + b"\n"
        copy_lines(ChoreItems._meta.db_table, ("chore_id", "items"), [line])
        note(chore, n_chosen=chosen.count(), n_items=len(ids), n_found=len(ids))


def not_as_agreed(n_agreed: int, n_now: int) -> BulkActionError:
    """What is said where somebody agreed to another number of items."""
    return BulkActionError(
        _(
            "%(agreed)d items were to change, and it would be %(now)d by now; nothing was done, look again",
            agreed=n_agreed,
            now=n_now,
        )
    )


def _in_order(chore: Chore, items: QuerySet[Item]) -> IntArray:
    """Ids in the order of the queue, what is not in it last; read bit by bit, so that it can be seen and ended."""
    found: list[tuple[int, int]] = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL cursor_tuple_fraction = 1")  # all rows are wanted, not the first ones soon
    for pk, position in items.values_list("pk", "queued__position").iterator(chunk_size=READ_AT_ONCE):
        found.append((LAST if position is None else position, pk))
        if len(found) % READ_AT_ONCE == 0:
            chore.n_found = len(found)
            check_ours(chore)
    positions, ids = np.array(found, dtype=np.int64).reshape(-1, 2).T
    in_order: IntArray = ids[np.lexsort((ids, positions))]
    return in_order
