"""What a reviewer has to do and has done, and why nothing is left."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotations.choices import AssignmentStatus, Outcome, Purpose, QueueState, RaterKind
from annotations.models import Assignment, Judgement, Project, QueuedItem, Rater, Rubric, User

MOST_JUDGES_SHOWN = 4
TURN_COLUMNS = (
    "item_id", "project_id", "rater_id", "policy_id", "place", "mode", "lease_expires_at", "item__external_id",
    "rater__name", "rater__project_id", "purpose", "overlap", "shown_id", "status", "is_swapped",
    "policy__gold_feedback", "policy__may_skip", "policy__lease_s", "policy__daily_target",
)  # fmt: skip
"""What a submit needs of a turn; the item itself is loaded only if the answer is refused and shown again."""


class NothingLeft(StrEnum):
    """Why an annotator gets no item."""

    PAUSED = "paused"
    NOT_QUALIFIED = "not_qualified"
    NOT_QUEUED = "not_queued"
    ALL_DONE = "all_done"
    WITH_OTHERS = "with_others"
    YOURS_ARE_DONE = "yours_are_done"


class OwnTurn(NamedTuple):
    """A turn, and how many annotations its annotator finished since midnight."""

    turn: Assignment
    n_today: int


def own_turn(*, project: Project, user: User, assignment_id: int) -> OwnTurn | None:
    """A turn of this person in this project; everybody else's does not exist for them.

    What a submit needs comes in one statement: each of them is part of the time that an annotator waits.
    """
    today = _finished_today(OuterRef("rater")).order_by().values("rater").annotate(n=Count("pk")).values("n")
    turn = (
        Assignment.objects.select_related("rater", "item", "policy")
        .only(*TURN_COLUMNS)
        .annotate(n_today=Coalesce(Subquery(today), 0))
        .filter(pk=assignment_id, project=project, rater__user=user)
        .first()
    )
    if turn is None:
        return None
    turn.project = project
    return OwnTurn(turn, turn.n_today)  # type: ignore[attr-defined]  # annotated above


def verdicts_on(*, item_id: int, rubric: Rubric) -> QuerySet[Judgement]:
    """Rated verdicts of judges on an item, newest first."""
    return (
        Judgement.objects.live()
        .filter(item_id=item_id, rater__kind=RaterKind.JUDGE, rubric=rubric, outcome=Outcome.RATED)
        .select_related("rater")
        .order_by("-pk")[:MOST_JUDGES_SHOWN]
    )


def n_finished_today(rater: Rater) -> int:
    """Annotations this person finished since midnight, read from an index alone."""
    return _finished_today(rater).count()


def _finished_today(rater: Rater | OuterRef) -> QuerySet[Assignment]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return Assignment.objects.filter(rater=rater, status=AssignmentStatus.DONE, finished_at__gte=midnight)


def why_nothing_left(project: Project, rater: Rater) -> NothingLeft:
    if rater.paused_at is not None:
        return NothingLeft.PAUSED
    if rater.qualified_at is None and project.current_policy().training_pass is not None:
        return NothingLeft.NOT_QUALIFIED
    queue = QueuedItem.objects.filter(project=project)
    if not queue.exists():
        return NothingLeft.NOT_QUEUED
    if queue.filter(state=QueueState.OPEN).exists():
        return NothingLeft.YOURS_ARE_DONE
    leased = Assignment.objects.filter(project=project, status=AssignmentStatus.LEASED, purpose=Purpose.WORK)
    others = leased.exclude(rater=rater)
    mine = Assignment.objects.filter(rater=rater, item=OuterRef("item"))
    if others.filter(~Exists(mine)).exists():
        return NothingLeft.WITH_OTHERS
    if others.exists():
        return NothingLeft.YOURS_ARE_DONE
    return NothingLeft.ALL_DONE


def own_work(rater: Rater) -> QuerySet[Judgement]:
    """What this person says of items now, newest first; revised answers stand once, as they are."""
    second = Judgement.objects.newest().filter(rater=rater, item=OuterRef("item"), purpose=Purpose.SECOND)
    own = Judgement.objects.newest().filter(Q(purpose=Purpose.SECOND) | ~Exists(second), rater=rater)
    return own.select_related("item", "rubric").order_by("-pk")
