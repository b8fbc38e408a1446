"""Ranking the candidates of a group: one turn, and one judgement a candidate.

The turn is at the group's first item and is held, answered late, given back and answered once as every other. Its
judgements are stored in one transaction with the end of the turn, and all have the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.choices import AssignmentStatus, Purpose, Visible
from annotations.errors import AlreadyJudgedError
from annotations.models import Assignment, Judgement, Rater, Rubric
from annotations.selectors.rankings import shown_order
from annotations.services.answers import checked_places
from annotations.services.judgements import (
    NewJudgement,
    lock_rubric,
    record_group,
    refusing_a_second_judgement,
)
from annotations.services.queue.turns import store_answer, submit_annotation
from annotations.services.settling import settle_after
from annotations.services.webhooks import emit_answers


def submit_ranking(
    *,
    assignment: Assignment,
    rubric: Rubric,
    levels: Sequence[int | None],
    rationale: str = "",
    seconds: float | None = None,
) -> Judgement:
    """Record the places that an annotator gave the candidates of a group, and finish their turn.

    Each candidate gets a judgement with its place, the rationale, and an even share of the seconds. A judgement of the
    same annotator that a candidate has from before, under an earlier rubric, is superseded. The same answer sent
    twice is stored once.

    Args:
        levels: of the criterion that ranks, in the order in which the candidates are shown. Only their order counts.
    Returns: the judgement of the group's first item.
    Raises: as `checked_places`; LeaseLostError and AlreadyJudgedError as `submit_annotation`.
    """
    order = shown_order(assignment)
    places = checked_places(rubric.spec(), levels, rationale, n=len(order))
    answers = judgements_of(order, places, rationale, seconds)
    if rubric.locked_at is None:
        lock_rubric(rubric)
    with refusing_a_second_judgement(assignment.rater), transaction.atomic():
        # By itself: a judgement joined to it would be that from before the lock, which is none.
        turn = Assignment.objects.select_for_update().get(pk=assignment.pk)
        if turn.status == AssignmentStatus.DONE:
            return _ranked_before(turn, answers)
        [own] = [answer for answer in answers if answer.item_id == assignment.item_id]
        judgement = store_answer(assignment, rubric, own)
        others = [answer for answer in answers if answer is not own]
        stored = record_group(
            rater=assignment.rater, rubric=rubric, judgements=others, visible=Visible(judgement.visible),
            purpose=Purpose(judgement.purpose), guideline_id=judgement.guideline_id, at=judgement.created_at,
            supersedes=lock_newest(assignment.rater, [answer.item_id for answer in others]),
        )  # fmt: skip
        emit_answers(stored)
        Assignment.objects.filter(pk=assignment.pk).update(shown_order=list(order))
        assignment.shown_order = list(order)
    settle_after(assignment)
    return judgement


def submit_answer(
    *,
    assignment: Assignment,
    rubric: Rubric,
    levels: tuple[int | None, ...],
    rationale: str = "",
    seconds: float | None = None,
    highlights: list[dict[str, Any]] | None = None,
) -> Judgement:
    """Record an answer as the rubric asks for it: of one item, or of the candidates of a group.

    Raises: as `submit_annotation` and `submit_ranking`, which say what the arguments are.
    """
    if rubric.spec().ranking is None:
        return submit_annotation(
            assignment=assignment, rubric=rubric, levels=levels, rationale=rationale, seconds=seconds,
            highlights=highlights,
        )  # fmt: skip
    return submit_ranking(assignment=assignment, rubric=rubric, levels=levels, rationale=rationale, seconds=seconds)


def judgements_of(
    order: Sequence[int], places: Sequence[int], rationale: str, seconds: float | None
) -> list[NewJudgement]:
    """One judgement a candidate, in the order given."""
    share = None if seconds is None else seconds / len(order)
    return [
        NewJudgement(item_id=item, levels=(place,), rationale=rationale, seconds=share)
        for item, place in zip(order, places, strict=True)
    ]


def lock_newest(rater: Rater, item_ids: Sequence[int]) -> dict[int, Judgement]:
    """What the rater says of the items now, by item, locked; of a first answer and a second look the second."""
    newest = Judgement.objects.newest().filter(rater=rater, item__in=item_ids)
    return {judgement.item_id: judgement for judgement in newest.order_by("pk").select_for_update()}


def _ranked_before(turn: Assignment, answers: Sequence[NewJudgement]) -> Judgement:
    """The ranking that the turn ended with, if it is this one."""
    first = turn.judgement
    assert first is not None, "the constraint done_means_judged holds"  # noqa: S101
    stored = Judgement.objects.filter(
        rater=turn.rater_id, item__in=[answer.item_id for answer in answers], created_at=first.created_at
    )
    before = {judgement.item_id: (tuple(judgement.levels), judgement.rationale) for judgement in stored}
    if before == {answer.item_id: (answer.levels, answer.rationale) for answer in answers}:
        return first
    raise AlreadyJudgedError(_("this item has your answer already; change it under “My work”"))
