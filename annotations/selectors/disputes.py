"""Disputes as an adjudicator and a lead see them, and the rulings that ended them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext

from annotations.allocation import lot
from annotations.choices import AssignmentStatus, Cause, DisputeState, Purpose
from annotations.estimation import Interval, wilson_interval
from annotations.models import Assignment, Dispute, Escalation, Item, Judgement, Project, Ruling, User
from annotations.rubrics import LevelSpec, RubricSpec
from annotations.selectors.review import verdicts_on

FAST: Final = 1 / 3
"""An answer that took less than this share of its annotator's usual time is marked."""
# Of the annotator's last answers, and only where there are enough of them to speak of a usual time.
USUAL_SECONDS: Final = """
SELECT rater, percentile_cont(0.5) WITHIN GROUP (ORDER BY said.seconds)
FROM unnest(%s::bigint[]) AS rater
CROSS JOIN LATERAL (
    SELECT j.seconds FROM annotations_assignment a JOIN annotations_judgement j ON j.id = a.judgement_id
    WHERE a.rater_id = rater AND a.status = 'done' AND j.seconds IS NOT NULL
    ORDER BY a.finished_at DESC LIMIT 100
) said
GROUP BY rater HAVING count(*) >= 10
"""


@dataclass(frozen=True)
class SaidOn:
    """A level of one answer; `is_minority` where it is not the one that most others say."""

    level: LevelSpec | None
    is_minority: bool = False


@dataclass(frozen=True)
class Column:
    """One answer in a dispute.

    Attributes:
        name: “Annotator 2”, or who it is where the adjudicator has had the names shown.
        usual_seconds: median of the annotator's last answers; None with too few of them.
    """

    judgement: Judgement
    name: str
    usual_seconds: float | None

    @property
    def is_fast(self) -> bool:
        seconds = self.judgement.seconds
        return seconds is not None and self.usual_seconds is not None and seconds < FAST * self.usual_seconds


@dataclass(frozen=True)
class CriterionRow:
    name: str
    cells: tuple[SaidOn, ...]
    is_disputed: bool


@dataclass(frozen=True)
class DisputeView:
    """A dispute with the answers side by side, and what judges said where the adjudicator has asked for it."""

    dispute: Dispute
    spec: RubricSpec
    columns: tuple[Column, ...]
    verdicts: tuple[Judgement, ...]
    rows: tuple[CriterionRow, ...]
    verdict_rows: tuple[tuple[str, tuple[SaidOn, ...]], ...]
    disputed: tuple[str, ...]


@dataclass(frozen=True)
class CauseCount:
    """How many of the live rulings name a cause, and the share of all with its interval."""

    cause: Cause
    n: int
    share: float
    interval: Interval


@dataclass(frozen=True)
class UnclearCriterion:
    """A criterion on which rulings found the guidelines unclear, and nobody has seen to it yet."""

    rubric_id: int
    rubric_version: int
    criterion: int
    name: str
    rulings: tuple[Ruling, ...]


def dispute_view(dispute: Dispute) -> DisputeView:
    """What the holder of a dispute sees: no name and no verdict before they have asked for it."""
    spec = dispute.rubric.spec()
    answers = answers_in(dispute)
    usual = _usual_seconds([answer.rater_id for answer in answers])
    columns = tuple(
        Column(
            judgement=answer,
            name=answer.rater.name if dispute.saw_names else gettext("Annotator %(n)s") % {"n": number},
            usual_seconds=usual.get(answer.rater_id),
        )
        for number, answer in enumerate(answers, 1)
    )
    verdicts = tuple(verdicts_on(item_id=dispute.item_id, rubric=dispute.rubric)) if dispute.saw_verdicts else ()
    rows = [
        CriterionRow(criterion.name, _cells(spec, position, answers), position in dispute.criteria)
        for position, criterion in enumerate(spec.criteria)
    ]
    return DisputeView(
        dispute=dispute,
        spec=spec,
        columns=columns,
        verdicts=verdicts,
        rows=tuple(rows),
        verdict_rows=tuple(
            (criterion.name, _levels(spec, position, verdicts)) for position, criterion in enumerate(spec.criteria)
        ),
        disputed=tuple(row.name for row in rows if row.is_disputed),
    )


def answers_in(dispute: Dispute) -> list[Judgement]:
    """The answers that a dispute is about, in an order that tells nothing and stays the same."""
    turns = Assignment.objects.filter(item=dispute.item_id, status=AssignmentStatus.DONE, purpose=Purpose.WORK)
    answers = Judgement.objects.live().filter(
        item=dispute.item_id, rubric=dispute.rubric_id, rater__in=turns.values("rater")
    )
    return sorted(
        answers.select_related("rater"), key=lambda answer: lot(dispute.pk, "order of answers", answer.rater_id)
    )


def disputes_in(
    project: Project, *, state: DisputeState | None = None, cause: Cause | None = None
) -> QuerySet[Dispute]:
    """Disputes of the project, newest first, each with its live ruling as `live_rulings`."""
    live = Ruling.objects.live().select_related("adjudicator")
    disputes = Dispute.objects.filter(project=project)
    if state is not None:
        disputes = disputes.filter(state=state)
    if cause is not None:
        disputes = disputes.filter(Exists(live.filter(dispute=OuterRef("pk"), cause=cause)))
    return (
        disputes.select_related("item", "rubric", "holder")
        .prefetch_related(Prefetch("rulings", live, to_attr="live_rulings"))
        .order_by("-pk")
    )


def escalations_in(project: Project) -> QuerySet[Escalation]:
    """Items of which one more answer is wanted now, because those that are in differ."""
    return (
        Escalation.objects.filter(project=project, overlap=F("item__queued__overlap"))
        .exclude(item__queued__settled_overlap=F("overlap"))
        .select_related("item")
        .order_by("-pk")
    )


def cause_counts(project: Project) -> list[CauseCount]:
    """Causes that live rulings name, all of them, with Wilson's interval of each share."""
    rows = Ruling.objects.live().filter(dispute__project=project).order_by().values_list("cause")
    counts: dict[str, int] = dict(rows.annotate(n=Count("pk")))
    n_all = sum(counts.values())
    return [
        CauseCount(
            cause=cause,
            n=counts.get(cause, 0),
            share=counts.get(cause, 0) / n_all if n_all else float("nan"),
            interval=wilson_interval(counts.get(cause, 0), n_all),
        )
        for cause in Cause
    ]


def unclear_guidelines(project: Project) -> list[UnclearCriterion]:
    """Criteria that rulings blame the guidelines for, those with the most rulings first."""
    rulings = (
        Ruling.objects.live()
        .filter(dispute__project=project, cause=Cause.GUIDELINE_UNCLEAR, dealt_at__isnull=True)
        .select_related("item", "rubric", "adjudicator")
        .order_by("-pk")
    )
    found: dict[tuple[int, int], list[Ruling]] = {}
    specs: dict[int, RubricSpec] = {}
    for ruling in rulings:
        assert ruling.criterion is not None, "unclear_guidelines_name_their_criterion holds"  # noqa: S101
        found.setdefault((ruling.rubric_id, ruling.criterion), []).append(ruling)
        if ruling.rubric_id not in specs:
            specs[ruling.rubric_id] = ruling.rubric.spec()
    return sorted(
        (
            UnclearCriterion(
                rubric_id=rubric_id,
                rubric_version=of[0].rubric.version,
                criterion=criterion,
                name=specs[rubric_id].criteria[criterion].name,
                rulings=tuple(of),
            )
            for (rubric_id, criterion), of in found.items()
        ),
        key=lambda unclear: -len(unclear.rulings),
    )


def rulings_on(item: Item) -> list[tuple[Ruling, list[tuple[str, LevelSpec]]]]:
    """Rulings on an item, newest first, each with its levels by criterion; those taken back are among them."""
    rulings = item.rulings.select_related("adjudicator", "rubric").order_by("-pk")
    return [(ruling, levels_of(ruling)) for ruling in rulings]


def live_rulings(item_ids: Collection[int], *, rubric_id: int) -> dict[int, Ruling]:
    """The ruling that stands on each of the items that have one, for whoever combines what raters said."""
    rulings = Ruling.objects.live().filter(item__in=item_ids, rubric=rubric_id)
    return {ruling.item_id: ruling for ruling in rulings}


def levels_of(ruling: Ruling) -> list[tuple[str, LevelSpec]]:
    return [
        (criterion.name, criterion.levels[level])
        for criterion, level in zip(ruling.rubric.spec().criteria, ruling.levels, strict=True)
    ]


def n_open_disputes(project: Project) -> int:
    return Dispute.objects.filter(project=project, state=DisputeState.OPEN).count()


def held_dispute(project: Project, user: User, dispute_id: int) -> Dispute | None:
    """A dispute of the project that is in the user's hands; all others do not exist for them."""
    held = Dispute.objects.select_related("item", "rubric").filter(pk=dispute_id, project=project, holder=user)
    return held.first()


def _cells(spec: RubricSpec, position: int, answers: Sequence[Judgement]) -> tuple[SaidOn, ...]:
    said = [answer.levels[position] for answer in answers]
    most = max((said.count(level) for level in said), default=0)
    return tuple(
        SaidOn(None if level is None else spec.criteria[position].levels[level], said.count(level) < most)
        for level in said
    )


def _levels(spec: RubricSpec, position: int, verdicts: Sequence[Judgement]) -> tuple[SaidOn, ...]:
    levels = spec.criteria[position].levels
    said = [verdict.levels[position] for verdict in verdicts]
    return tuple(SaidOn(None if level is None else levels[level]) for level in said)


def _usual_seconds(rater_ids: list[int]) -> dict[int, float]:
    with connection.cursor() as cursor:
        cursor.execute(USUAL_SECONDS, [rater_ids])
        return dict(cursor.fetchall())
