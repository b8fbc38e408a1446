"""The queue: which items people are asked about, and who holds which of them.

What makes it exact, whatever happens at once:

- A place is taken only under the lock of its queued item, so the count of taken places is the truth while it is read;
  the database refuses a second holder of a place, and a second turn of one annotator at one item.
- A place is given back by changing the assignment first and opening the queued item after it, in one transaction.
- Locks are taken in one order: rater, assignment, queued items. Whoever holds a queued item waits for nobody, but for
  the release of leases, which locks several in the order of the queue. Submitting and claiming are two transactions,
  so an answer is safe before the next item is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

import numpy as np
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from annotations.allocation import Order, draw_items, free_place, state_with
from annotations.choices import AssignmentStatus, QueueState, Visible
from annotations.errors import AlreadyJudgedError, IncompleteAnnotationError, LeaseLostError
from annotations.models import Assignment, Item, Judgement, Project, QueuedItem, Rater, Rubric
from annotations.models.review import TAKES_A_PLACE
from annotations.services.judgements import NewJudgement, record_judgement, refusing_a_second_judgement

RELEASE_AT_ONCE: Final = 200

ENQUEUE: Final = """
INSERT INTO annotations_queueditem
    (item_id, project_id, policy_id, position, overlap, state, probability, seed, created_at)
SELECT drawn.item_id, %(project)s, %(policy)s, %(after)s + drawn.rank, %(overlap)s, %(state)s, %(probability)s,
       %(seed)s, now()
FROM unnest(%(items)s::bigint[]) WITH ORDINALITY AS drawn(item_id, rank)
ON CONFLICT (item_id) DO NOTHING
"""


# Written out because an annotator's every submit runs it: built from objects it took longest of all on the way.
# Work that was finished lies behind the furthest item an annotator had, so the search beyond it passes none of it.
NEXT_OPEN: Final = """
SELECT q.item_id, q.position, q.overlap, q.state, q.probability, q.seed, q.policy_id, p.lease_s
FROM annotations_queueditem q JOIN annotations_reviewpolicy p ON p.id = q.policy_id
WHERE q.project_id = %(project)s AND q.state = 'open'
  AND q.position > CASE WHEN %(from_start)s THEN -1 ELSE COALESCE(
      (SELECT max(position) FROM annotations_assignment WHERE rater_id = %(rater)s), -1) END
  AND NOT EXISTS (SELECT FROM annotations_assignment a
                  WHERE a.rater_id = %(rater)s AND a.item_id = q.item_id AND a.status <> 'expired')
  AND NOT EXISTS (SELECT FROM annotations_judgement j
                  WHERE j.rater_id = %(rater)s AND j.item_id = q.item_id AND j.superseded_at IS NULL)
ORDER BY q.position LIMIT 1
"""
LOCKED: Final = " FOR UPDATE OF q SKIP LOCKED"


class _OpenItem(NamedTuple):
    """A locked row of the queue with a free place."""

    item_id: int
    position: int
    overlap: int
    state: str
    probability: float
    seed: int | None
    policy_id: int
    lease_s: int


@dataclass(frozen=True)
class Queued:
    """What sending items to people came to. Items drawn that were in the queue before are not in `n_added`."""

    n_items: int
    n_drawn: int
    n_added: int
    probability: float
    seed: int | None


def queue_items(
    *,
    project: Project,
    items: QuerySet[Item] | None = None,
    n: int | None = None,
    seed: int = 0,
    order: Order = "random",
) -> Queued:
    """Ask people about items, under the project's current policy; a later policy is for items queued later.

    The draw is over all of `items`, so the same call again adds nothing, and a larger `n` with the same seed adds just
    the difference. An item that is in the queue keeps its place, its overlap and the probability it was drawn with.

    Args:
        items: items to draw from; None means all of the project. Items of other projects are left out.
        n: size of the simple random sample; None means all items.
        order: ask in random order, or in the order in which the items came in.
    Raises: ValueError, if `n` is below 1.
    """
    if items is None:
        items = Item.objects.all()
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # positions are given out one call at a time
        ids = np.fromiter(items.filter(project=project).order_by("pk").values_list("pk", flat=True), dtype=np.int64)
        draw = draw_items(len(ids), n=n, order=order, rng=np.random.default_rng(seed))
        kept_seed = None if n is None and order == "given" else seed
        policy = project.current_policy()
        furthest = QueuedItem.objects.filter(project=project).aggregate(furthest=Max("position"))["furthest"] or 0
        with connection.cursor() as cursor:
            cursor.execute(
                ENQUEUE,
                {
                    "project": project.pk,
                    "policy": policy.pk,
                    "after": furthest,
                    "overlap": policy.overlap,
                    "state": QueueState.OPEN,
                    "probability": draw.probability if len(ids) else 1.0,
                    "seed": kept_seed,
                    "items": ids[draw.indices].tolist(),
                },
            )
            n_added = cursor.rowcount
    return Queued(
        n_items=len(ids), n_drawn=len(draw.indices), n_added=n_added, probability=draw.probability, seed=kept_seed
    )


def claim_item(*, project: Project, rater: Rater) -> Assignment | None:
    """Give the annotator an item: the one they hold, or the next open one that they have not had.

    Leases that ran out are given back when the items beyond run short, and not before: until then nobody waits for
    them, and an answer that comes late still counts.

    Returns: the assignment with its item loaded; None when nothing is left for this annotator now.
    """
    with transaction.atomic():
        _lock_rater(rater)
        turn = _held(rater) or _lease(_next_open(NEXT_OPEN + LOCKED, project, rater), project, rater)
    if turn is not None:
        return turn
    release_expired(project=project)
    while True:
        with transaction.atomic():
            _lock_rater(rater)
            found = _held(rater) or _lease(
                _next_open(NEXT_OPEN + LOCKED, project, rater, from_start=True), project, rater
            )
        if found is not None or not _wait_for_a_locked_item(project, rater):
            return found


def submit_annotation(
    *,
    assignment: Assignment,
    rubric: Rubric,
    levels: tuple[int | None, ...],
    rationale: str = "",
    seconds: float | None = None,
) -> Judgement:
    """Record an annotator's answer and finish their turn.

    An answer after the lease ran out counts if the item still has a place. The same answer sent twice is stored once.

    Raises:
        IncompleteAnnotationError: a criterion has no level.
        RubricError: a level is not of the rubric.
        LeaseLostError: the lease ended and others took the item's places.
        AlreadyJudgedError: this annotator has judged the item before, and otherwise.
    """
    open_criteria = tuple(index for index, level in enumerate(levels) if level is None)
    if open_criteria:
        raise IncompleteAnnotationError(open_criteria)
    answer = NewJudgement(item_id=assignment.item_id, levels=levels, rationale=rationale, seconds=seconds)
    with refusing_a_second_judgement(assignment.rater), transaction.atomic():
        place = assignment.place
        if _lock_status(assignment) != AssignmentStatus.LEASED:
            turn = Assignment.objects.get(pk=assignment.pk)
            if turn.status == AssignmentStatus.DONE:
                return _recorded_before(turn, levels, rationale)
            place = _take_a_place_again(turn)
        judgement = record_judgement(
            rater=assignment.rater, rubric=rubric, judgement=answer, visible=Visible(assignment.mode)
        )
        Assignment.objects.filter(pk=assignment.pk).update(
            status=AssignmentStatus.DONE, place=place, judgement=judgement, finished_at=judgement.created_at
        )
        return judgement


def skip_item(*, assignment: Assignment, reason: str, note: str = "") -> bool:
    """Give an item back for good, with the reason. The annotator is not asked about it again.

    Returns: whether it was skipped now; False if the turn had ended before.
    """
    with transaction.atomic():
        skipped = Assignment.objects.filter(pk=assignment.pk, status=AssignmentStatus.LEASED).update(
            status=AssignmentStatus.SKIPPED, skip_reason=reason, skip_note=note, finished_at=timezone.now()
        )
        if skipped:
            QueuedItem.objects.filter(pk=assignment.item_id).update(state=QueueState.OPEN)
        return bool(skipped)


def release_expired(*, project: Project) -> int:
    """Give the places of leases that ran out back to the queue.

    Returns: how many, at most `RELEASE_AT_ONCE`.
    """
    with transaction.atomic():
        # One that is being submitted right now is locked, and skipped: its answer counts.
        overdue = dict(
            _overdue(project)
            .order_by("lease_expires_at")
            .select_for_update(skip_locked=True)
            .values_list("pk", "item_id")[:RELEASE_AT_ONCE]
        )
        if overdue:
            Assignment.objects.filter(pk__in=overdue).update(
                status=AssignmentStatus.EXPIRED, finished_at=timezone.now()
            )
            queued = QueuedItem.objects.filter(pk__in=overdue.values())
            locked = list(queued.order_by("position").select_for_update().values_list("pk", flat=True))
            QueuedItem.objects.filter(pk__in=locked).update(state=QueueState.OPEN)
        return len(overdue)


def _overdue(project: Project) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        project=project, status=AssignmentStatus.LEASED, lease_expires_at__lte=timezone.now()
    )


def _held(rater: Rater) -> Assignment | None:
    """The lease the annotator holds; one that ran out and that nobody took back starts anew."""
    leases = Assignment.objects.filter(rater=rater, status=AssignmentStatus.LEASED)
    if not leases.exists():  # after a submit, and cheaper than to ask for all of it
        return None
    held = (
        leases.exclude(Exists(Judgement.objects.live().filter(rater=rater, item=OuterRef("item"))))
        .select_related("item", "policy")
        .select_for_update(of=("self",))
        .order_by("pk")
        .first()
    )
    now = timezone.now()
    if held is not None and held.lease_expires_at <= now:
        held.leased_at = now
        held.lease_expires_at = now + timedelta(seconds=held.policy.lease_s)
        held.save(update_fields=["leased_at", "lease_expires_at"])
    return held


def _lock_rater(rater: Rater) -> None:
    """Two tabs of one person claim one after the other."""
    Rater.objects.select_for_update(no_key=True).values_list("pk").get(pk=rater.pk)


def _next_open(statement: str, project: Project, rater: Rater, *, from_start: bool = False) -> _OpenItem | None:
    """The first open item that the annotator has not had: beyond the furthest they had, or from the start."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk, "rater": rater.pk, "from_start": from_start})
        row = cursor.fetchone()
    return None if row is None else _OpenItem(*row)


def _wait_for_a_locked_item(project: Project, rater: Rater) -> bool:
    """Whether an item is open to the annotator after all, because a row that somebody has locked is not yet gone.

    Comes back when the lock is gone. Waiting holds nothing else: a search that waits keeps the lock of every row it
    passed on its way, and two of them could wait for each other.
    """
    with transaction.atomic():
        waiting = _next_open(NEXT_OPEN, project, rater, from_start=True)
        if waiting is not None:
            QueuedItem.objects.select_for_update().values_list("pk").get(pk=waiting.item_id)
        return waiting is not None


def _lease(queued: _OpenItem | None, project: Project, rater: Rater) -> Assignment | None:
    """Take the lowest free place of a locked item.

    None also where the annotator's own late answer, from another tab, came in just before the lock.
    """
    if queued is None:
        return None
    holders = Assignment.objects.filter(item=queued.item_id, status__in=TAKES_A_PLACE)
    taken = dict(holders.values_list("place", "rater"))
    if rater.pk in taken.values():
        return None
    place = free_place(taken, queued.overlap)
    assert place is not None, f"item {queued.item_id} is open and has no free place"  # noqa: S101
    now = timezone.now()
    assignment = Assignment.objects.create(
        item=Item.objects.get(pk=queued.item_id),
        project=project,
        rater=rater,
        policy_id=queued.policy_id,
        position=queued.position,
        place=place,
        overlap=queued.overlap,
        probability=queued.probability,
        seed=queued.seed,
        leased_at=now,
        lease_expires_at=now + timedelta(seconds=queued.lease_s),
    )
    _set_state(queued.item_id, queued.state, state_with(len(taken) + 1, queued.overlap))
    return assignment


def _lock_status(assignment: Assignment) -> str:
    """How the turn stands now, whatever it was when it was read, and stays until the transaction ends."""
    status: str = Assignment.objects.select_for_update().values_list("status", flat=True).get(pk=assignment.pk)
    return status


def _take_a_place_again(turn: Assignment) -> int:
    """A place for a turn that had given its own back, for the answer that came after all."""
    queued = QueuedItem.objects.select_for_update().get(pk=turn.item_id)
    turns = Assignment.objects.filter(item=turn.item_id, rater=turn.rater_id).exclude(pk=turn.pk)
    if turns.exclude(status=AssignmentStatus.EXPIRED).exists():
        raise LeaseLostError("this item was given to you a second time; answer it on the page that was opened last")
    taken = _taken_places(queued.pk)
    place = free_place(taken, queued.overlap)
    if place is None:
        raise LeaseLostError(
            f"expected an answer by {turn.lease_expires_at:%H:%M} UTC; the lease ran out and others took the item. "
            "Nothing was stored; take the next one"
        )
    _set_state(queued.pk, queued.state, state_with(len(taken) + 1, queued.overlap))
    return place


def _taken_places(item_id: int) -> set[int]:
    return set(Assignment.objects.filter(item=item_id, status__in=TAKES_A_PLACE).values_list("place", flat=True))


def _set_state(item_id: int, before: str, after: QueueState) -> None:
    if after != before:
        QueuedItem.objects.filter(pk=item_id).update(state=after)


def _recorded_before(turn: Assignment, levels: tuple[int | None, ...], rationale: str) -> Judgement:
    judgement = turn.judgement
    assert judgement is not None, "the constraint done_means_judged holds"  # noqa: S101
    if judgement.levels == list(levels) and judgement.rationale == rationale:
        return judgement
    raise AlreadyJudgedError("this item has your answer already; change it under “My work”")
