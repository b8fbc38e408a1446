"""Changing one's own annotation."""

from __future__ import annotations

from django.db import transaction

from annotations.choices import AssignmentStatus, Visible
from annotations.errors import AlreadyJudgedError, IncompleteAnnotationError
from annotations.models import Assignment, Judgement
from annotations.selectors.review import verdicts_on
from annotations.services.judgements import NewJudgement, record_judgement


def revise_annotation(
    *, judgement: Judgement, levels: tuple[int | None, ...], rationale: str = "", seconds: float | None = None
) -> Judgement:
    """Put a new answer in the place of an annotator's live one, under the same rubric version.

    The revision is marked as the first answer was, unless judges' verdicts on the item are shown to whoever has
    answered: then it is no longer blind, whatever the annotator looked at, and is marked as assisted.

    Returns: the new judgement; the old one if nothing changed.
    Raises:
        IncompleteAnnotationError: a criterion has no level.
        RubricError: a level is not of the rubric.
        AlreadyJudgedError: the judgement was revised meanwhile.
    """
    open_criteria = tuple(index for index, level in enumerate(levels) if level is None)
    if open_criteria:
        raise IncompleteAnnotationError(open_criteria)
    with transaction.atomic():
        current = Judgement.objects.select_related("rater", "rubric").select_for_update(of=("self",))
        old = current.filter(pk=judgement.pk, superseded_at__isnull=True).first()
        if old is None:
            raise AlreadyJudgedError("expected your newest answer, this one was revised meanwhile; open it again")
        if (old.levels, old.rationale) == (list(levels), rationale):
            return old
        return record_judgement(
            rater=old.rater,
            rubric=old.rubric,
            judgement=NewJudgement(item_id=old.item_id, levels=levels, rationale=rationale, seconds=seconds),
            visible=Visible.ASSISTED if _has_seen_verdicts(old) else Visible(old.visible),
            supersedes=old,
        )


def _has_seen_verdicts(judgement: Judgement) -> bool:
    revealing = Assignment.objects.filter(
        rater=judgement.rater_id,
        item=judgement.item_id,
        status=AssignmentStatus.DONE,
        policy__reveal_after=True,
    )
    return revealing.exists() and verdicts_on(item_id=judgement.item_id, rubric=judgement.rubric).exists()
