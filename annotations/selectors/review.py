"""What a reviewer has to do and has done, and why nothing is left."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, cast

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from annotations.choices import AssignmentStatus, Outcome, Purpose, QueueState, RaterKind
from annotations.models import (
    Assignment,
    Criterion,
    Item,
    Judgement,
    Project,
    QueuedCandidate,
    QueuedItem,
    Rater,
    ReviewPolicy,
    Rubric,
    User,
)
from annotations.models.rows import Columns, read_row

MOST_JUDGES_SHOWN = 4
_TURN: Final = Columns(Assignment)
_ITEM: Final = Columns(Item, "id", "project_id", "external_id", "group")
_RATER: Final = Columns(Rater)
_POLICY: Final = Columns(ReviewPolicy)
_RUBRIC: Final = Columns(Rubric)
# What a submit needs of a turn; the item itself is loaded only if the answer is refused and shown again.
OWN_TURN: Final = f"""
SELECT {_TURN.of("turn")}, {_ITEM.of("item")}, {_RATER.of("rater")}, {_POLICY.of("policy")}, {_RUBRIC.of("rubric")},
    (SELECT count(*) FROM annotations_assignment done
     WHERE done.rater_id = rater.id AND done.status = 'done' AND done.finished_at >= %(midnight)s)
FROM annotations_assignment turn
JOIN annotations_rater rater ON rater.id = turn.rater_id
JOIN annotations_item item ON item.id = turn.item_id
JOIN annotations_reviewpolicy policy ON policy.id = turn.policy_id
CROSS JOIN LATERAL (
    SELECT * FROM annotations_rubric WHERE project_id = turn.project_id ORDER BY version DESC LIMIT 1
) rubric
WHERE turn.id = %(turn)s AND turn.project_id = %(project)s AND rater.user_id = %(user)s
"""  # noqa: S608  names of our own


class NothingLeft(StrEnum):
    """Why an annotator gets no item."""

    PAUSED = "paused"
    NOT_QUALIFIED = "not_qualified"
    NOT_QUEUED = "not_queued"
    ALL_DONE = "all_done"
    WITH_OTHERS = "with_others"
    YOURS_ARE_DONE = "yours_are_done"


class OwnTurn(NamedTuple):
    """A turn, the project's rubric as it is now, and how many annotations the annotator finished since midnight."""

    turn: Assignment
    rubric: Rubric
    n_today: int


def own_turn(*, project: Project, user: User, assignment_id: int) -> OwnTurn | None:
    """A turn of this person in this project; everybody else's does not exist for them.

    What a submit needs comes in one statement: each of them is part of the time that an annotator waits.
    """
    values = {"turn": assignment_id, "project": project.pk, "user": user.pk, "midnight": _midnight()}
    found = read_row(OWN_TURN, values, _TURN, _ITEM, _RATER, _POLICY, _RUBRIC)
    if found is None:
        return None
    turn, item, rater, policy, rubric = cast("tuple[Assignment, Item, Rater, ReviewPolicy, Rubric]", found[0])
    turn.project = rater.project = item.project = rubric.project = project
    turn.item, turn.rater, turn.policy = item, rater, policy
    return OwnTurn(turn, rubric, found[1][0])


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
    done = Assignment.objects.filter(rater=rater, status=AssignmentStatus.DONE, finished_at__gte=_midnight())
    return done.count()


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


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
    # A ranking stands once, with the item that stands for its group.
    others = QueuedCandidate.objects.filter(item=OuterRef("item")).exclude(queued=F("item"))
    ranking = Criterion.objects.filter(rubric=OuterRef("rubric"), is_ranking=True)
    return own.exclude(Exists(ranking), Exists(others)).select_related("item", "rubric").order_by("-pk")
