"""Who holds which item of the queue now.

What makes it exact, whatever happens at once:

- A place is taken only under the lock of its queued item, so the count of taken places is the truth while it is read;
  the database refuses a second holder of a place, and a second turn of one annotator at one item.
- A place is given back by changing the assignment first and opening the queued item after it, in one transaction. Was
  it kept for somebody who is not waited for any more, and for nobody else, it is everybody's from then on.
- Locks are taken in one order: rater, assignment, queued items. Whoever holds a queued item waits for nobody, but for
  the release of leases, which locks several in the order of the queue. Submitting and claiming are two transactions,
  so an answer is safe before the next item is looked for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.allocation import free_place, state_with
from annotations.choices import AssignmentStatus, Mode, Purpose, QueueState
from annotations.errors import AlreadyJudgedError, LeaseLostError, SkipRefusedError
from annotations.models import (
    Assignment,
    Item,
    Judgement,
    Project,
    QueuedItem,
    Rater,
    Reservation,
    ReviewPolicy,
    Rubric,
    Ruling,
)
from annotations.models.review import TAKES_A_PLACE
from annotations.models.rows import Columns, read_row
from annotations.services.answers import check_answer, highlights_in
from annotations.services.judgements import (
    NewJudgement,
    lock_rubric,
    record_judgement,
    refusing_a_second_judgement,
)
from annotations.services.quality import check_annotator, check_training, lock_rater
from annotations.services.reservations import free_if_kept_for_nobody
from annotations.services.settling import settle_after
from annotations.services.webhooks import TELL_OF_ANSWER, emit_answer, wake

RELEASE_AT_ONCE: Final = 200

_TURN: Final = Columns(Assignment)
_ITEM: Final = Columns(Item)
_POLICY: Final = Columns(ReviewPolicy)
# One call of the database, because an annotator's every submit claims: see the function's migration.
GO_ON: Final = f"""
SELECT {_TURN.of("(went.turn)")}, {_ITEM.of("item")}, {_POLICY.of("policy")}, went.in_hand_until
FROM annotations_go_on(%(project)s, %(rater)s, %(from_start)s, %(in_hand)s) AS went
LEFT JOIN annotations_item item ON item.id = (went.turn).item_id
LEFT JOIN annotations_reviewpolicy policy ON policy.id = (went.turn).policy_id
"""  # noqa: S608  names of our own
# An answer under a running lease, in one statement. Nothing comes back for a turn that has ended before.
ANSWER: Final = f"""
WITH turn AS (
    SELECT id, item_id, rater_id, mode, purpose FROM annotations_assignment
    WHERE id = %(turn)s AND status = 'leased' FOR UPDATE
), said AS (
    INSERT INTO annotations_judgement
        (item_id, rater_id, rubric_id, outcome, levels, rationale, seconds, visible, purpose, guideline_id, highlights,
         created_at)
    SELECT item_id, rater_id, %(rubric)s, 'rated', %(levels)s::int2[], %(rationale)s, %(seconds)s,
        CASE WHEN mode IN ('assist', 'challenge') THEN 'assisted' ELSE 'blind' END, purpose,
        (SELECT id FROM annotations_guideline WHERE project_id = %(project)s ORDER BY version DESC LIMIT 1),
        %(highlights)s::jsonb, clock_timestamp()
    FROM turn RETURNING *
), done AS (
    UPDATE annotations_assignment SET status = 'done', judgement_id = said.id, finished_at = said.created_at
    FROM said WHERE annotations_assignment.id = %(turn)s
)
SELECT said.*, {TELL_OF_ANSWER}(ROW(said.*)::annotations_judgement) AS listeners FROM said
"""  # noqa: S608  a name of our own
FIRST_OPEN: Final = "SELECT item_id FROM annotations_work_for(%s, %s, %s, -1) LIMIT 1"


@dataclass(frozen=True)
class GoneOn:
    """What an annotator has by now.

    Attributes:
        turn: with its item, policy and shown verdict loaded; None when nothing is left for them now.
        in_hand_until: when the lease of the turn in their hands ends; None if it has ended, or there is none.
    """

    turn: Assignment | None
    in_hand_until: datetime | None


def claim_item(*, project: Project, rater: Rater) -> Assignment | None:
    """Give the annotator an item: the one they hold, or the next that they have not had. As `go_on`."""
    return go_on(project=project, rater=rater).turn


def go_on(*, project: Project, rater: Rater, in_hand: int = 0) -> GoneOn:
    """Give the annotator a full lease on the turn they are at, and the next item beside it.

    What is next: the turn they hold; then what is reserved for them, then what is urgent, then the queue in its order;
    before an item of it, with the chance that the policy sets, gold. Whoever is not qualified gets the training.
    Whoever is paused gets nothing. Leases that ran out are given back when the items beyond run short, and not before:
    until then nobody waits for them, and an answer that comes late still counts.

    Args:
        in_hand: id of the turn that the annotator is at, if it is theirs; 0 for none.
    """
    went = _go_on(project, rater, in_hand)
    if went.turn is None and not _gets_nothing(rater):
        release_expired(project=project)
        while (went := _go_on(project, rater, in_hand, from_start=True)).turn is None and _wait_for_a_locked_item(
            project, rater
        ):
            pass
    return went


def submit_annotation(
    *,
    assignment: Assignment,
    rubric: Rubric,
    levels: tuple[int | None, ...],
    rationale: str = "",
    seconds: float | None = None,
    highlights: list[dict[str, Any]] | None = None,
) -> Judgement:
    """Record an annotator's answer and finish their turn.

    An answer after the lease ran out counts if the item still has a place. The same answer sent twice is stored once.
    After the last one that is wanted of an item it is seen whether they agree.

    Raises:
        IncompleteAnnotationError: a criterion has no level.
        RubricError: a level is not of the rubric.
        RationaleMissingError: the rubric asks for a rationale of these levels, and there is none.
        HighlightError: a highlight does not stand in the item.
        LeaseLostError: the lease ended and others took the item's places.
        AlreadyJudgedError: this annotator has judged the item before, and otherwise.
    """
    check_answer(rubric.spec(), levels, rationale)
    answer = NewJudgement(
        item_id=assignment.item_id,
        levels=levels,
        rationale=rationale,
        seconds=seconds,
        highlights=highlights_in(assignment.item, highlights),
    )
    if rubric.locked_at is None:
        lock_rubric(rubric)
    if assignment.purpose == Purpose.WORK:
        judgement = store_answer(assignment, rubric, answer)
        settle_after(assignment)
        return judgement
    with transaction.atomic():  # what follows for the annotator is stored with the answer, or neither is
        lock_rater(assignment.rater_id)
        judgement = store_answer(assignment, rubric, answer)
        check_annotator(judgement)
    return judgement


def store_answer(assignment: Assignment, rubric: Rubric, answer: NewJudgement) -> Judgement:
    """End a turn with its answer, checked before; what follows from it is the caller's.

    Raises: LeaseLostError and AlreadyJudgedError, as `submit_annotation`.
    """
    with refusing_a_second_judgement(assignment.rater):
        judgement = _answer(assignment, rubric, answer)
    return judgement or _answer_late(assignment, rubric, answer)


def skip_item(*, assignment: Assignment, reason: str, note: str = "") -> bool:
    """Give an item back for good, with the reason. The annotator is not asked about it again.

    An item that was kept for them goes to everybody, unless it is kept for somebody else too who has not had it.

    Returns: whether it was skipped now; False if the turn had ended before.
    Raises: SkipRefusedError, if the policy of the turn does not let annotators skip.
    """
    if not assignment.policy.may_skip:
        raise SkipRefusedError(_("expected an answer: the policy of this project does not let items be skipped"))
    with transaction.atomic():
        if assignment.purpose == Purpose.TRAINING:
            lock_rater(assignment.rater_id)
        skipped = Assignment.objects.filter(pk=assignment.pk, status=AssignmentStatus.LEASED).update(
            status=AssignmentStatus.SKIPPED, skip_reason=reason, skip_note=note, finished_at=timezone.now()
        )
        if skipped and assignment.purpose == Purpose.WORK:
            QueuedItem.objects.filter(pk=assignment.item_id).update(state=QueueState.OPEN)
            free_if_kept_for_nobody(item_ids=[assignment.item_id])
        elif skipped and assignment.purpose == Purpose.TRAINING:
            check_training(Rater.objects.select_related("project").get(pk=assignment.rater_id))
        return bool(skipped)


def release_expired(*, project: Project) -> int:
    """Give the places of leases that ran out back to the queue.

    Returns: how many, at most `RELEASE_AT_ONCE`.
    """
    with transaction.atomic():
        # One that is being submitted right now is locked, and skipped: its answer counts.
        overdue = list(
            _overdue(project)
            .order_by("lease_expires_at")
            .select_for_update(skip_locked=True)
            .values_list("pk", "item_id", "rater_id", "purpose")[:RELEASE_AT_ONCE]
        )
        if overdue:
            Assignment.objects.filter(pk__in=[turn for turn, *_ in overdue]).update(
                status=AssignmentStatus.EXPIRED, finished_at=timezone.now()
            )
            items = [item for _, item, _, purpose in overdue if purpose == Purpose.WORK]
            queued = QueuedItem.objects.filter(pk__in=items)
            locked = list(queued.order_by("position").select_for_update().values_list("pk", flat=True))
            QueuedItem.objects.filter(pk__in=locked).update(state=QueueState.OPEN)
            raters = {rater for _, _, rater, _ in overdue}
            Reservation.objects.filter(item__in=locked, rater__in=raters).update(taken_at=None)
            free_if_kept_for_nobody(item_ids=locked)
        return len(overdue)


def _overdue(project: Project) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        project=project, status=AssignmentStatus.LEASED, lease_expires_at__lte=timezone.now()
    )


def _go_on(project: Project, rater: Rater, in_hand: int, *, from_start: bool = False) -> GoneOn:
    """The turn that the annotator holds beside that in hand, or a new one at the first open item they have not had.

    A lease of theirs that ran out and that nobody took back starts anew.

    Args:
        from_start: search the whole queue, and not only beyond the furthest item that they had.
    """
    values = {"project": project.pk, "rater": rater.pk, "from_start": from_start, "in_hand": in_hand}
    found = read_row(GO_ON, values, _TURN, _ITEM, _POLICY)
    assert found is not None, "the function gives one row"  # noqa: S101
    [in_hand_until] = found[1]
    if found[0][0] is None:
        return GoneOn(None, in_hand_until)
    turn, item, policy = cast("tuple[Assignment, Item, ReviewPolicy]", found[0])
    turn.item, turn.policy = item, policy
    turn.project, turn.rater = project, rater
    if turn.shown_id is not None:
        turn.shown = Judgement.objects.select_related("rater").get(pk=turn.shown_id)
    return GoneOn(turn, in_hand_until)


def _gets_nothing(rater: Rater) -> bool:
    """Whether the claim did not get as far as the queue."""
    now = Rater.objects.only("paused_at", "qualified_at", "project_id").get(pk=rater.pk)
    return now.paused_at is not None or (now.qualified_at is None and _trains(rater.project_id))


def _trains(project_id: int) -> bool:
    newest = ReviewPolicy.objects.filter(project=project_id).order_by("-version")[:1].get()
    return newest.training_pass is not None


def _answer(turn: Assignment, rubric: Rubric, answer: NewJudgement) -> Judgement | None:
    """Store the answer of a turn whose lease runs, or ran out without anybody taking the place back."""
    values = {
        "turn": turn.pk,
        "project": turn.project_id,
        "rubric": rubric.pk,
        "highlights": None if answer.highlights is None else json.dumps(answer.highlights),
        "levels": list(answer.levels or ()),
        "rationale": answer.rationale,
        "seconds": answer.seconds,
    }
    stored = next(iter(Judgement.objects.raw(ANSWER, values)), None)
    if stored is not None:
        wake(stored.listeners)  # type: ignore[attr-defined]  # of the statement
    return stored


def _answer_late(assignment: Assignment, rubric: Rubric, answer: NewJudgement) -> Judgement:
    """The answer of a turn that has ended: the one it ended with, sent again, or one that finds a place after all."""
    with refusing_a_second_judgement(assignment.rater), transaction.atomic():
        turn = Assignment.objects.select_for_update().get(pk=assignment.pk)
        if turn.status == AssignmentStatus.DONE:
            return _recorded_before(turn, answer)
        if turn.purpose == Purpose.WORK:
            _take_a_place_again(turn)
        else:
            _refuse_if_given_again(turn)
        judgement = record_judgement(
            rater=assignment.rater, rubric=rubric, judgement=answer, visible=Mode(turn.mode).visible,
            purpose=Purpose(turn.purpose), guideline=assignment.project.current_guideline(),
        )  # fmt: skip
        emit_answer(judgement)
        turn.status, turn.judgement, turn.finished_at = AssignmentStatus.DONE, judgement, judgement.created_at
        turn.save(update_fields=["status", "place", "overlap", "judgement", "finished_at"])
        return judgement


def _wait_for_a_locked_item(project: Project, rater: Rater) -> bool:
    """Whether an item is open to the annotator after all, because a row that somebody has locked is not yet gone.

    Comes back when the lock is gone. Waiting holds nothing else: a search that waits keeps the lock of every row it
    passed on its way, and two of them could wait for each other.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(FIRST_OPEN, [project.pk, rater.pk, rater.skills])
            waiting = cursor.fetchone()
        if waiting is not None:
            QueuedItem.objects.select_for_update().filter(pk=waiting[0]).values_list("pk").first()
        return waiting is not None


def _refuse_if_given_again(turn: Assignment) -> None:
    """Raises: LeaseLostError, if the annotator has another turn at the item, or has seen what the others said.

    A training may be tried again.
    """
    others = Assignment.objects.filter(item=turn.item_id, rater=turn.rater_id).exclude(pk=turn.pk)
    if turn.purpose == Purpose.TRAINING:
        others = others.filter(attempt=turn.attempt)
    if others.exclude(status=AssignmentStatus.EXPIRED).exists():
        raise LeaseLostError(_("this item was given to you a second time; answer it on the page that was opened last"))
    if Ruling.objects.filter(item=turn.item_id, adjudicator=turn.rater.user_id).exists():
        raise LeaseLostError(_("the lease ran out and you have ruled on this item since; nothing was stored"))


def _take_a_place_again(turn: Assignment) -> None:
    """Give a turn a place of those that there are by now, for the answer that came after it had given its own back."""
    queued = QueuedItem.objects.select_for_update().filter(pk=turn.item_id).first()
    if queued is None:
        raise LeaseLostError(_("the lease ran out and the item left the queue. Nothing was stored; take the next one"))
    _refuse_if_given_again(turn)
    taken = _taken_places(queued.pk)
    place = free_place(taken, queued.overlap)
    if place is None or (queued.is_reserved and not _is_place_for(turn, queued.overlap - len(taken))):
        raise LeaseLostError(
            _(
                "expected an answer by %(time)s UTC; the lease ran out and others took the item. "
                "Nothing was stored; take the next one"
            )
            % {"time": f"{turn.lease_expires_at:%H:%M}"}
        )
    _set_state(queued.pk, queued.state, state_with(len(taken) + 1, queued.overlap))
    kept = Reservation.objects.filter(item=turn.item_id, rater=turn.rater_id, taken_at__isnull=True)
    kept.update(taken_at=timezone.now())
    free_if_kept_for_nobody(item_ids=[queued.pk])
    turn.place, turn.overlap = place, queued.overlap


def _is_place_for(turn: Assignment, n_free: int) -> bool:
    """Whether a place of a reserved item is left beside those that are kept for others."""
    waited_for = Reservation.objects.filter(item=turn.item_id, taken_at__isnull=True)
    return waited_for.exclude(rater=turn.rater_id).count() < n_free


def _taken_places(item_id: int) -> set[int]:
    turns = Assignment.objects.filter(item=item_id, purpose=Purpose.WORK, status__in=TAKES_A_PLACE)
    return set(turns.values_list("place", flat=True))


def _set_state(item_id: int, before: str, after: QueueState) -> None:
    if after != before:
        QueuedItem.objects.filter(pk=item_id).update(state=after)


def _recorded_before(turn: Assignment, answer: NewJudgement) -> Judgement:
    judgement = turn.judgement
    assert judgement is not None, "the constraint done_means_judged holds"  # noqa: S101
    if (tuple(judgement.levels), judgement.rationale) == (answer.levels, answer.rationale):
        return judgement
    raise AlreadyJudgedError(_("this item has your answer already; change it under “My work”"))
