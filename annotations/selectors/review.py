"""What a reviewer sees: a finished item beside what the judges said of it, and why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotations.choices import AssignmentStatus, Mode, Outcome, Purpose, QueueState, RaterKind
from annotations.models import Assignment, Judgement, Project, QueuedItem, Rater, Rubric, User

MOST_JUDGES_SHOWN = 4
TURN_COLUMNS = (
    "item_id", "project_id", "rater_id", "policy_id", "place", "mode", "lease_expires_at", "item__external_id",
    "rater__name", "rater__project_id", "purpose", "overlap", "shown_id",
)  # fmt: skip
"""What a submit needs of a turn; the item itself is loaded only if the answer is refused and shown again."""


@dataclass(frozen=True)
class SaidLevel:
    """What one judge said on one criterion, beside what the annotator said."""

    label: str
    differs: bool
    rationale: str


@dataclass(frozen=True)
class JudgeSaid:
    name: str
    rationale: str
    levels: tuple[SaidLevel, ...]
    differing: tuple[str, ...]
    """Names of the criteria on which it and the annotator differ."""


@dataclass(frozen=True)
class FinishedItem:
    """An item that the annotator has just judged.

    Attributes:
        own: criterion name and own level, in the order of the rubric.
        judges: what judges said of it; empty where the mode does not reveal it, or no judge has judged it.
        is_revealing: whether judges are shown after the answer.
    """

    judgement_id: int
    external_id: str
    own: tuple[tuple[str, str], ...]
    judges: tuple[JudgeSaid, ...]
    is_revealing: bool

    @property
    def rows(self) -> list[tuple[str, str, list[SaidLevel]]]:
        """Criterion, own level, and each judge's level."""
        return [
            (name, label, [judge.levels[index] for judge in self.judges])
            for index, (name, label) in enumerate(self.own)
        ]


class NothingLeft(StrEnum):
    """Why an annotator gets no item."""

    NOT_QUEUED = "not_queued"
    ALL_DONE = "all_done"
    WITH_OTHERS = "with_others"
    YOURS_ARE_DONE = "yours_are_done"


def own_turn(*, project: Project, user: User, assignment_id: int) -> Assignment | None:
    """A turn of this person in this project; everybody else's does not exist for them."""
    turn = (
        Assignment.objects.select_related("rater", "item")
        .only(*TURN_COLUMNS)
        .filter(pk=assignment_id, project=project, rater__user=user)
        .first()
    )
    if turn is not None:
        turn.project = project
    return turn


def finished_item(*, assignment: Assignment, judgement: Judgement, rubric: Rubric) -> FinishedItem:
    """A judged item; the judges' verdicts on it only if the mode of the turn reveals them.

    To be called when the judgement is stored, never before: this is the one way by which a verdict reaches a reviewer.
    """
    spec = rubric.spec()
    own = tuple(
        (criterion.name, "" if level is None else criterion.levels[level].label)
        for criterion, level in zip(spec.criteria, judgement.levels, strict=True)
    )
    is_revealing = assignment.mode == Mode.REVEAL
    verdicts = verdicts_on(item_id=judgement.item_id, rubric=rubric) if is_revealing else ()
    return FinishedItem(
        judgement_id=judgement.pk,
        external_id=assignment.item.external_id,
        own=own,
        judges=tuple(_beside(judgement, verdict, rubric) for verdict in verdicts),
        is_revealing=is_revealing,
    )


def verdicts_on(*, item_id: int, rubric: Rubric) -> QuerySet[Judgement]:
    """Rated verdicts of judges on an item, newest first."""
    return (
        Judgement.objects.live()
        .filter(item_id=item_id, rater__kind=RaterKind.JUDGE, rubric=rubric, outcome=Outcome.RATED)
        .select_related("rater")
        .order_by("-pk")[:MOST_JUDGES_SHOWN]
    )


def _beside(own: Judgement, verdict: Judgement, rubric: Rubric) -> JudgeSaid:
    criteria = rubric.spec().criteria
    rationales = verdict.rationales or [""] * len(criteria)
    levels = tuple(
        SaidLevel(
            label="not rated" if said is None else criterion.levels[said].label,
            differs=said is not None and said != mine,
            rationale=rationale,
        )
        for criterion, mine, said, rationale in zip(criteria, own.levels, verdict.levels, rationales, strict=True)
    )
    return JudgeSaid(
        name=verdict.rater.name,
        rationale=verdict.rationale,
        levels=levels,
        differing=tuple(criterion.name for criterion, level in zip(criteria, levels, strict=True) if level.differs),
    )


def n_finished_today(rater: Rater) -> int:
    """Annotations this person finished since midnight, read from an index alone."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return Assignment.objects.filter(rater=rater, status=AssignmentStatus.DONE, finished_at__gte=midnight).count()


def why_nothing_left(project: Project, rater: Rater) -> NothingLeft:
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
