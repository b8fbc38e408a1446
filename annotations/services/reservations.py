"""Keeping items of the queue for named people.

An item that is reserved goes to whom it is kept for and to nobody else; every free place of it has a name. So that no
item is asked of more people than that, it is changed while its row of the queue is locked, as claiming does.

A place whose person gives it back for good, by skipping the item or by leaving the project, is open to nobody once no
other is waited for; the item then goes to everybody. Who is paused comes back, so what is kept for them stays kept:
the queue calls it stuck, and a lead may give it to others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from annotations.choices import AssignmentStatus, Purpose, QueueState, RaterKind
from annotations.errors import ReservationError
from annotations.models import Assignment, Judgement, Project, QueuedItem, Rater, Reservation, Ruling, User
from annotations.models.review import TAKES_A_PLACE
from annotations.sentences import sentence as _

CHUNK: Final = 2_000

# The places that people hold or have filled stay theirs; the others are of the people named now, one each.
KEEP: Final = """
UPDATE annotations_queueditem q SET is_reserved = true, state = 'open', overlap = kept.overlap
FROM unnest(%s::bigint[], %s::int[]) AS kept(item_id, overlap) WHERE q.item_id = kept.item_id
"""
RELEASE: Final = """
UPDATE annotations_queueditem q
SET is_reserved = false, overlap = greatest(policy.overlap, freed.n_taken),
    state = CASE WHEN freed.n_taken < policy.overlap THEN 'open' ELSE 'full' END
FROM unnest(%s::bigint[], %s::int[]) AS freed(item_id, n_taken), annotations_reviewpolicy policy
WHERE q.item_id = freed.item_id AND policy.id = q.policy_id
"""


@dataclass(frozen=True)
class Reserved:
    """What a reservation came to.

    Attributes:
        n_items: items that are kept now.
        n_left_out: items that are not in the queue, or that the people named have had.
    """

    n_items: int
    n_left_out: int


def reserve_items(
    *,
    project: Project,
    item_ids: Collection[int],
    raters: Sequence[Rater],
    is_split: bool = False,
    n_before: int = 0,
) -> Reserved:
    """Keep queued items for people: each item for all of them, or for one of them in turn.

    Each gets a place of their own, beside those that others hold or have filled: an item that nobody has had is asked
    of as many people as it is kept for. Whom it was kept for before, and did not take it, loses it. An item that one of
    the people has had stays as it is; shared out, it goes to the next of them who has not had it.

    Args:
        item_ids: items of other projects are left out.
        is_split: share the items out in the order of the queue, one person an item.
        n_before: how many were shared out before, so that it goes on with whoever is next.
    Raises: ReservationError, if nobody is named, or somebody who does not annotate in this project.
    """
    check_named(project, raters)
    n_kept = 0
    for ids in _in_queue_order(project, item_ids):
        with transaction.atomic():
            queued = _locked(ids)
            had = _had_by(list(queued), raters)
            if is_split:
                named = _shared_out(list(queued), raters, had, first=n_before + n_kept)
            else:
                whole = [item for item in queued if not any((item, rater.pk) in had for rater in raters)]
                named = dict.fromkeys(whole, tuple(raters))
            _keep(queued, named)
        n_kept += len(named)
    return Reserved(n_items=n_kept, n_left_out=len(set(item_ids)) - n_kept)


def release_items(*, project: Project, item_ids: Collection[int]) -> int:
    """Let everybody have reserved items again, as many as the policy asks that each was queued under.

    Returns: how many items were reserved.
    """
    n_released = 0
    for ids in _in_queue_order(project, item_ids):
        with transaction.atomic():
            queued = list(_locked(ids, is_reserved=True))
            Reservation.objects.filter(item__in=queued, taken_at__isnull=True).delete()
            n_taken = _taken_places(queued)
            with connection.cursor() as cursor:
                cursor.execute(RELEASE, [queued, [n_taken[item] for item in queued]])
        n_released += len(queued)
    return n_released


def free_if_kept_for_nobody(*, item_ids: Collection[int]) -> int:
    """Let everybody have items with a free place that is kept for nobody any more, as many as were wanted before.

    To be called in the transaction that gave the places back, after the assignments were changed.

    Returns: how many items are everybody's now.
    """
    locked = _locked(item_ids, is_reserved=True)
    if not locked:
        return 0
    waited_for = Reservation.objects.filter(item=OuterRef("pk"), taken_at__isnull=True)
    abandoned = QueuedItem.objects.filter(~Exists(waited_for), pk__in=list(locked), state=QueueState.OPEN)
    return abandoned.update(is_reserved=False)


def keep_nothing_for(*, project: Project, user: User) -> int:
    """End what is kept for somebody who is given no items any more. What they hold they lose when its lease runs out.

    Returns: how many items are everybody's now.
    """
    kept = Reservation.objects.filter(rater__project=project, rater__user=user)
    answered = Assignment.objects.filter(
        item=OuterRef("item"), rater=OuterRef("rater"), status=AssignmentStatus.DONE
    )  # fmt: skip
    unanswered = kept.filter(~Exists(answered))
    n_freed = 0
    for ids in _in_queue_order(project, list(unanswered.values_list("item", flat=True))):
        with transaction.atomic():
            locked = _locked(ids)
            unanswered.filter(item__in=list(locked)).delete()
            n_freed += free_if_kept_for_nobody(item_ids=list(locked))
    return n_freed


def check_named(project: Project, raters: Sequence[Rater]) -> None:
    """Raises: ReservationError, if items cannot be kept for these people."""
    if not raters:
        raise ReservationError(_("expected the people that the items are kept for, got nobody"))
    if len({rater.pk for rater in raters}) < len(raters):
        raise ReservationError(_("expected each person once"))
    for rater in raters:
        if rater.project_id != project.pk or rater.kind != RaterKind.PERSON or rater.user_id is None:
            raise ReservationError(_("expected people who annotate in this project, got “%(rater)s”", rater=rater.name))


def _in_queue_order(project: Project, item_ids: Collection[int]) -> Iterator[list[int]]:
    queued = QueuedItem.objects.filter(project=project, pk__in=list(item_ids)).order_by("position")
    ids = list(queued.values_list("pk", flat=True))
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _locked(item_ids: Collection[int], **fields: bool) -> dict[int, int]:
    """Positions of queued items by id, locked in the order in which everybody locks them."""
    rows = QueuedItem.objects.filter(pk__in=item_ids, **fields)
    return dict(rows.order_by("position").select_for_update().values_list("pk", "position"))


def _had_by(item_ids: list[int], raters: Sequence[Rater]) -> set[tuple[int, int]]:
    """Pairs of an item and a rater who has had it, or has it now, or has ruled on it."""
    about = Q(item__in=item_ids, rater__in=[rater.pk for rater in raters])
    turns = Assignment.objects.filter(about).exclude(status=AssignmentStatus.EXPIRED)
    answers = Judgement.objects.newest().filter(about)
    adjudicators = {rater.user_id: rater.pk for rater in raters}
    rulings = Ruling.objects.filter(item__in=item_ids, adjudicator__in=list(adjudicators))
    ruled = {(item, adjudicators[user]) for item, user in rulings.values_list("item_id", "adjudicator_id")}
    return {*turns.values_list("item_id", "rater_id"), *answers.values_list("item_id", "rater_id"), *ruled}


def _shared_out(
    item_ids: list[int], raters: Sequence[Rater], had: set[tuple[int, int]], *, first: int
) -> dict[int, tuple[Rater, ...]]:
    """One rater an item who has not had it, in turn from number `first`; items that all have had are missing."""
    named: dict[int, tuple[Rater, ...]] = {}
    for item in item_ids:
        start = (first + len(named)) % len(raters)
        in_turn = (*raters[start:], *raters[:start])
        free = next((rater for rater in in_turn if (item, rater.pk) not in had), None)
        if free is not None:
            named[item] = (free,)
    return named


def _keep(queued: dict[int, int], named: dict[int, tuple[Rater, ...]]) -> None:
    n_taken = _taken_places(list(named))
    Reservation.objects.filter(item__in=list(named), taken_at__isnull=True).delete()
    Reservation.objects.bulk_create(
        Reservation(item_id=item, rater=rater, position=queued[item])
        for item, raters in named.items()
        for rater in raters
    )
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [list(named), [n_taken[item] + len(raters) for item, raters in named.items()]])


def _taken_places(item_ids: list[int]) -> Counter[int]:
    """How many places of each item are leased or done."""
    turns = Assignment.objects.filter(item__in=item_ids, purpose=Purpose.WORK, status__in=TAKES_A_PLACE)
    return Counter(turns.values_list("item_id", flat=True))
