"""Changing one's own annotation."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from annotations.choices import AssignmentStatus, Mode, Purpose, SecondLook, Visible
from annotations.errors import AlreadyJudgedError
from annotations.models import Assignment, Judgement
from annotations.selectors.review import verdicts_on
from annotations.selectors.threads import was_told_by_others
from annotations.sentences import sentence as _
from annotations.services.answers import check_answer, highlights_in
from annotations.services.judgements import NewJudgement, record_judgement
from annotations.services.settling import settle_anew, settle_item
from annotations.services.webhooks import emit_answer


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
        RubricError: a level is not of the rubric.
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


def _turns_of(judgement: Judgement) -> QuerySet[Assignment]:
    return Assignment.objects.filter(rater=judgement.rater_id, item=judgement.item_id, status=AssignmentStatus.DONE)
