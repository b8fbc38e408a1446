"""Changing one's own annotation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotations.choices import AssignmentStatus, Mode, Purpose, SecondLook, Visible
from annotations.errors import AlreadyJudgedError
from annotations.models import Assignment, Judgement
from annotations.selectors.rankings import rankings_on, shown_order
from annotations.selectors.review import verdicts_on
from annotations.selectors.threads import was_told_by_others
from annotations.sentences import sentence as _
from annotations.services.answers import check_answer, checked_places, highlights_in
from annotations.services.judgements import NewJudgement, record_group, record_judgement
from annotations.services.queue import judgements_of, lock_newest
from annotations.services.settling import settle_anew, settle_item
from annotations.services.webhooks import emit_answer, emit_answers


def revise_annotation(
    *,
    judgement: Judgement,
    levels: tuple[int | None, ...],
    rationale: str = "",
    seconds: float | None = None,
    highlights: list[dict[str, Any]] | None = None,
) -> Judgement:
    """Put a new answer in the place of an annotator's newest one, under the same rubric version.

    Where judges' verdicts on the item are shown to whoever has answered, or others wrote about it to the annotator, the
    revision is a second look: it stands beside the first answer, which measurements go on reading, whatever the
    annotator looked at.

    Args:
        highlights: the words that decided; None leaves them as they are.
    Returns: the new judgement; the old one if nothing changed; the one there is if this change was stored before.
    Raises:
        IncompleteAnnotationError: a criterion has no level.
        RationaleMissingError: the rubric asks for a rationale of these levels, and there is none.
        HighlightError: a highlight does not stand in the item.
        RubricError: a level is not of the rubric, or is a place, which `revise_ranking` changes.
        AlreadyJudgedError: the judgement was revised meanwhile.
    """
    check_answer(judgement.rubric.spec(), levels, rationale)
    with transaction.atomic():
        old = _lock_newest(judgement)
        marked = old.highlights if highlights is None else highlights_in(old.item, highlights)
        is_same = (old.levels, old.rationale, old.highlights) == (list(levels), rationale, marked)
        if is_same and judgement.pk in (old.pk, old.supersedes_id):
            return old
        if old.pk != judgement.pk:
            raise AlreadyJudgedError(_("expected your newest answer, this one was revised meanwhile; open it again"))
        is_second = old.purpose == Purpose.SECOND or _has_seen_verdicts(old) or was_told_by_others(old)
        new = record_judgement(
            rater=old.rater,
            rubric=old.rubric,
            judgement=NewJudgement(
                item_id=old.item_id, levels=levels, rationale=rationale, seconds=seconds, highlights=marked
            ),
            visible=Visible.ASSISTED if is_second else Visible(old.visible),
            supersedes=old,
            purpose=Purpose.SECOND if is_second else Purpose(old.purpose),
            guideline=old.guideline,
        )
        emit_answer(new)
        if is_second:
            _turns_of(old).filter(mode=Mode.REVEAL).update(second_look=SecondLook.REVISED)
        else:
            settle_anew(old.item_id)
    if not is_second:
        settle_item(item_id=old.item_id)
    return new


def revise_ranking(
    *,
    judgement: Judgement,
    turn: Assignment,
    levels: Sequence[int | None],
    rationale: str = "",
    seconds: float | None = None,
) -> Judgement:
    """Put a new ranking in the place of an annotator's newest one of a group, whole, under the same rubric version.

    What is said of second looks at `revise_annotation` holds here too.

    Args:
        judgement: of any candidate of the group; which ranking is changed is known by it.
        turn: in which the group was ranked.
        levels: as of `submit_ranking`.
    Returns: the candidate's new judgement; the old one if nothing changed; the one there is if this change was stored
        before.
    Raises: as `submit_ranking`; AlreadyJudgedError, if the ranking was revised meanwhile.
    """
    order = shown_order(turn)
    places = checked_places(judgement.rubric.spec(), levels, rationale, n=len(order))
    answers = judgements_of(order, places, rationale, seconds)
    with transaction.atomic():
        # One change after the other: what another supersedes while this waits would be missing below.
        Assignment.objects.select_for_update().get(pk=turn.pk)
        newest = lock_newest(judgement.rater, order)
        old = newest[judgement.item_id]
        said = [(newest[answer.item_id].levels, newest[answer.item_id].rationale) for answer in answers]
        is_same = said == [(list(answer.levels or ()), rationale) for answer in answers]
        if is_same and judgement.pk in (old.pk, old.supersedes_id):
            return old
        if old.pk != judgement.pk:
            raise AlreadyJudgedError(_("expected your newest answer, this one was revised meanwhile; open it again"))
        is_second = old.purpose == Purpose.SECOND or _has_seen_rankings(turn, judgement) or was_told_by_others(old)
        new = record_group(
            rater=judgement.rater,
            rubric=judgement.rubric,
            judgements=answers,
            visible=Visible.ASSISTED if is_second else Visible(old.visible),
            purpose=Purpose.SECOND if is_second else Purpose(old.purpose),
            guideline_id=old.guideline_id,
            at=timezone.now(),
            supersedes=newest,
        )
        emit_answers(new)
        if is_second:
            Assignment.objects.filter(pk=turn.pk, mode=Mode.REVEAL).update(second_look=SecondLook.REVISED)
    return next(one for one in new if one.item_id == judgement.item_id)


def revise_answer(
    *,
    judgement: Judgement,
    turn: Assignment | None,
    levels: tuple[int | None, ...],
    rationale: str = "",
    seconds: float | None = None,
    highlights: list[dict[str, Any]] | None = None,
) -> Judgement:
    """Change an answer as its rubric asks for it: of one item, or of the candidates of a group.

    Args:
        turn: in which it was given; None where it came otherwise, as a ranking cannot.
    Raises: as `revise_annotation` and `revise_ranking`, which say what the arguments are.
    """
    if turn is None or judgement.rubric.spec().ranking is None:
        return revise_annotation(
            judgement=judgement, levels=levels, rationale=rationale, seconds=seconds, highlights=highlights
        )
    return revise_ranking(judgement=judgement, turn=turn, levels=levels, rationale=rationale, seconds=seconds)


def keep_annotation(*, judgement: Judgement) -> bool:
    """Note that the annotator stays with the answer after the judges were revealed.

    Returns: whether it was noted now; False where nothing was revealed, or was decided before.
    """
    turns = _turns_of(judgement).filter(mode=Mode.REVEAL, second_look=SecondLook.NONE)
    return bool(turns.update(second_look=SecondLook.KEPT))


def _lock_newest(judgement: Judgement) -> Judgement:
    newest = Judgement.objects.newest().filter(rater=judgement.rater_id, item=judgement.item_id)
    locked = (
        newest.select_related("rater", "rubric", "guideline", "item").select_for_update(of=("self",)).order_by("-pk")
    )
    return locked[:1].get()  # of a first answer and the second look beside it, the second


def _has_seen_verdicts(judgement: Judgement) -> bool:
    revealing = _turns_of(judgement).filter(mode=Mode.REVEAL)
    return revealing.exists() and verdicts_on(item_id=judgement.item_id, rubric=judgement.rubric).exists()


def _has_seen_rankings(turn: Assignment, judgement: Judgement) -> bool:
    return turn.mode == Mode.REVEAL and bool(rankings_on(shown_order(turn), judgement.rubric))


def _turns_of(judgement: Judgement) -> QuerySet[Assignment]:
    return Assignment.objects.filter(rater=judgement.rater_id, item=judgement.item_id, status=AssignmentStatus.DONE)
