"""Settling items: once all the answers that are wanted of an item are in, what they come to.

Everything is computed anew from the rows, so it may be done at any time and any number of times. Whoever stores the
last answer does it right after; what a killed process left, the sweep does.

Answers that agree are noted by an update that counts only if nothing else has changed the queued item since it was
read. Where they differ, the queued item is locked and read again first. A revision changes the queued item in its own
transaction (`settle_anew`), so no comparison of the old answer can count after it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from annotations.allocation import Decision, Settling, settle
from annotations.choices import AssignmentStatus, DisputeState, Purpose, QueueState
from annotations.models import Assignment, Dispute, Escalation, QueuedItem, Reservation, Rubric
from annotations.models.review import TAKES_A_PLACE

SWEPT_AT_ONCE: Final = 500

# The answers of turns, as they are now, whatever was shown before them: each took one of the places. Under a new
# version of the rubric a level means something else, so the older ones are left out.
ANSWERS: Final = """
SELECT q.project_id, q.overlap, q.xmin::text, p.most_overlap, r.id, r.name, r.digest, r.locked_at, said.answers::text,
       EXISTS (SELECT FROM annotations_dispute d WHERE d.item_id = q.item_id AND d.state = 'open')
FROM annotations_queueditem q
CROSS JOIN LATERAL (
    SELECT most_overlap FROM annotations_reviewpolicy WHERE project_id = q.project_id ORDER BY version DESC LIMIT 1
) p
CROSS JOIN LATERAL (
    SELECT j.rubric_id, json_agg(json_build_array(j.id, j.levels) ORDER BY j.id) AS answers
    FROM annotations_judgement j JOIN annotations_assignment a ON a.item_id = j.item_id AND a.rater_id = j.rater_id
    WHERE j.item_id = q.item_id AND j.superseded_at IS NULL AND j.purpose = 'work'
      AND a.status = 'done' AND a.purpose = 'work'
    GROUP BY j.rubric_id ORDER BY j.rubric_id DESC LIMIT 1
) said
JOIN annotations_rubric r ON r.id = said.rubric_id
WHERE q.item_id = %s AND q.overlap > 1 AND q.settled_overlap IS DISTINCT FROM q.overlap
  AND q.overlap <= (SELECT count(*) FROM annotations_assignment a
                    WHERE a.item_id = q.item_id AND a.status = 'done' AND a.purpose = 'work')
"""
NOTE_SETTLED: Final = """
UPDATE annotations_queueditem SET settled_overlap = overlap WHERE item_id = %s AND xmin = %s::xid
"""
UNSETTLED: Final = """
SELECT q.item_id FROM annotations_queueditem q
WHERE q.state = 'full' AND q.overlap > 1 AND (q.settled_overlap IS NULL OR q.settled_overlap <> q.overlap)
  AND q.overlap <= (SELECT count(*) FROM annotations_assignment a
                    WHERE a.item_id = q.item_id AND a.status = 'done' AND a.purpose = 'work')
ORDER BY q.item_id LIMIT %s
"""


@dataclass(frozen=True)
class _Answers:
    """All answers that were wanted of an item; `seen` tells whether its queued item was changed since."""

    project_id: int
    overlap: int
    seen: str
    most_overlap: int | None
    rubric: Rubric
    ids: tuple[int, ...]
    levels: tuple[tuple[int | None, ...], ...]
    is_disputed: bool

    def compared(self, *, may_ask: bool = True) -> Settling:
        most = self.most_overlap if may_ask else None
        return settle(self.levels, self.rubric.spec().criteria, wanted=self.overlap, most_overlap=most)


def settle_after(turn: Assignment) -> Decision | None:
    """Settle the item of a turn that has just been answered; nothing is asked where it had one place."""
    if turn.purpose != Purpose.WORK or turn.overlap < 2:
        return None
    return settle_item(item_id=turn.item_id)


def settle_item(*, item_id: int) -> Decision | None:
    """Compare the answers on an item and note what they come to.

    Where they differ, one more person is asked, before all that waits in the queue, or a dispute is opened. Where they
    agree, a dispute that nobody has ruled on is dropped.

    Returns: what was noted now; None where an answer is still wanted, or this was done before.
    """
    answers = _answers_on(item_id)
    if answers is None:
        return None
    if not answers.is_disputed and answers.compared().decision == Decision.SETTLED:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_SETTLED, [item_id, answers.seen])
            if cursor.rowcount:
                return Decision.SETTLED
    return _settle_locked(item_id)


def settle_anew(item_id: int) -> None:
    """Have an item's answers compared again; to be called in the transaction that changes one of them."""
    QueuedItem.objects.filter(pk=item_id, overlap__gt=1).update(settled_overlap=None)


def stop_asking(*, item_id: int) -> Decision | None:
    """Settle an item by the answers there are, where one more was asked for and nobody is left who could give it.

    Returns: what they came to; None where somebody has the item in hand, or nothing more is asked for.
    """
    with transaction.atomic():
        queued = QueuedItem.objects.select_for_update().get(pk=item_id)
        turns = Assignment.objects.filter(item=item_id, purpose=Purpose.WORK, status__in=TAKES_A_PLACE)
        statuses = list(turns.values_list("status", flat=True))
        if AssignmentStatus.LEASED in statuses or not 1 < len(statuses) < queued.overlap:
            return None
        QueuedItem.objects.filter(pk=item_id).update(overlap=len(statuses), state=QueueState.FULL, settled_overlap=None)
        return _settle_locked(item_id, may_ask=False)


def sweep_unsettled() -> int:
    """Settle items whose last answer came in while nobody was left to compare it.

    Returns: how many were settled, at most `SWEPT_AT_ONCE`.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNSETTLED, [SWEPT_AT_ONCE])
        item_ids = [item_id for (item_id,) in cursor.fetchall()]
    return sum(settle_item(item_id=item_id) is not None for item_id in item_ids)


def _answers_on(item_id: int) -> _Answers | None:
    """What is to be compared on an item; None while an answer is wanted, and where it was done before."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, [item_id])
        row = cursor.fetchone()
    if row is None:
        return None
    project_id, overlap, seen, most_overlap, rubric_id, name, digest, locked_at, said, is_disputed = row
    answers: list[tuple[int, list[int | None]]] = json.loads(said)
    return _Answers(
        project_id=project_id,
        overlap=overlap,
        seen=seen,
        most_overlap=most_overlap,
        rubric=Rubric(pk=rubric_id, name=name, digest=digest, locked_at=locked_at),
        ids=tuple(pk for pk, _ in answers),
        levels=tuple(tuple(levels) for _, levels in answers),
        is_disputed=is_disputed,
    )


def _settle_locked(item_id: int, *, may_ask: bool = True) -> Decision | None:
    with transaction.atomic():
        queued = QueuedItem.objects.select_for_update().get(pk=item_id)
        answers = _answers_on(item_id)
        if answers is None:
            return None
        outcome = answers.compared(may_ask=may_ask)
        if outcome.decision == Decision.ASK_ONE_MORE:
            _ask_one_more(queued, answers, outcome)
            return outcome.decision
        if outcome.decision == Decision.DISPUTE:
            _open_dispute(item_id, answers, outcome)
        else:
            _drop_dispute(item_id)
        QueuedItem.objects.filter(pk=item_id).update(settled_overlap=F("overlap"))
        return outcome.decision


def _ask_one_more(queued: QueuedItem, answers: _Answers, outcome: Settling) -> None:
    """One more place. Where all for whom the item is kept have answered, anybody else may take it."""
    is_kept = queued.is_reserved and Reservation.objects.filter(item=queued.pk, taken_at__isnull=True).exists()
    QueuedItem.objects.filter(pk=queued.pk).update(
        overlap=answers.overlap + 1, state=QueueState.OPEN, urgency=Greatest("urgency", 1), is_reserved=is_kept
    )
    Escalation.objects.get_or_create(
        item_id=queued.pk,
        overlap=answers.overlap + 1,
        defaults={
            "project_id": answers.project_id,
            "criteria": list(outcome.criteria),
            "reason": outcome.reason,
            "compared": list(answers.ids),
        },
    )


def _open_dispute(item_id: int, answers: _Answers, outcome: Settling) -> None:
    """One dispute an item and rubric: one that was dropped opens again, one that was ruled on stays ruled."""
    now = timezone.now()
    where = {"criteria": list(outcome.criteria), "reason": outcome.reason}
    dispute, is_new = Dispute.objects.get_or_create(
        item_id=item_id,
        rubric_id=answers.rubric.pk,
        defaults={"project_id": answers.project_id, **where},
    )
    if not is_new:
        found = Dispute.objects.filter(pk=dispute.pk)
        found.filter(state=DisputeState.OPEN).update(**where)
        found.filter(state=DisputeState.DROPPED).update(
            state=DisputeState.OPEN, waits_since=now, closed_at=None, **where
        )


def _drop_dispute(item_id: int) -> None:
    Dispute.objects.filter(item=item_id, state=DisputeState.OPEN).update(
        state=DisputeState.DROPPED, closed_at=timezone.now(), holder=None, lease_expires_at=None
    )
