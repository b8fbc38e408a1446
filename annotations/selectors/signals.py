"""Signals about annotators, and the turns behind each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotations.choices import AssignmentStatus, Mode, Purpose, RaterKind
from annotations.models import Assignment, Membership, Project, Rater, Rubric, User
from annotations.quality import (
    Answers,
    PersonSignals,
    Timed,
    WithOthers,
    as_levels,
    hours_of_sitting,
    person_signals,
    with_others,
)
from annotations.selectors.people import members
from annotations.selectors.quality import UNSEEN
from annotations.selectors.ratings import fetch_ratings

NEWEST: Final = 1000
"""Signals are of so many newest answers of a person: how they work now, at a cost that does not grow with the years."""

ANSWERS: Final = """
SELECT r.id, turn.item_id, turn.mode, extract(epoch FROM turn.finished_at)::float8, j.levels, j.seconds,
    CASE WHEN turn.purpose = 'gold' THEN g.levels END, length(i.context::text) + length(i.candidates::text)
FROM annotations_rater r
CROSS JOIN LATERAL (
    SELECT a.id, a.item_id, a.mode, a.purpose, a.finished_at, a.judgement_id FROM annotations_assignment a
    WHERE a.rater_id = r.id AND a.status = 'done'
    ORDER BY a.finished_at DESC LIMIT %(newest)s
) turn
JOIN annotations_judgement j ON j.id = turn.judgement_id
JOIN annotations_item i ON i.id = turn.item_id
LEFT JOIN annotations_gold g ON g.item_id = turn.item_id AND g.rubric_id = j.rubric_id AND g.retired_at IS NULL
WHERE r.project_id = %(project)s AND r.kind = 'person' AND j.rubric_id = %(rubric)s
  AND turn.purpose IN ('work', 'gold')
ORDER BY r.id, turn.finished_at, turn.id
"""


@dataclass(frozen=True)
class RaterSignals:
    """One annotator with their signals."""

    rater: Rater
    signals: PersonSignals


@dataclass(frozen=True)
class MemberLine:
    """A member; rater and signals are None for one who has not begun, and where they are not to be seen."""

    member: Membership
    rater: Rater | None = None
    signals: PersonSignals | None = None


def project_signals(project: Project, *, rater_ids: Collection[int] | None = None) -> list[RaterSignals]:
    """Signals of the people of a project under its current rubric, by name.

    Args:
        rater_ids: only of these; everybody's answers are read all the same, to compare with.
    """
    rubric = project.current_rubric()
    people = Rater.objects.filter(project=project, kind=RaterKind.PERSON).order_by("name", "pk")
    answers = _answers(project, rubric)
    others = with_others(fetch_ratings(project=project, rubric=rubric))
    return [
        RaterSignals(rater, _signals(rater.pk, answers, others, rubric.n_criteria))
        for rater in people
        if rater_ids is None or rater.pk in rater_ids
    ]


def member_lines(project: Project, *, with_signals: bool) -> list[MemberLine]:
    """Members by user name, with their signals for whoever may see them."""
    people = {found.rater.user_id: found for found in project_signals(project)} if with_signals else {}
    return [
        MemberLine(member, found.rater, found.signals) if (found := people.get(member.user_id)) else MemberLine(member)
        for member in members(project)
    ]


def _signals(
    rater_id: int, answers: dict[int, Answers], others: dict[int, WithOthers], n_criteria: int
) -> PersonSignals:
    own = answers.get(rater_id) or _collected([], 0, n_criteria)
    rest = [found.timed for pk, found in answers.items() if pk != rater_id]
    seconds = np.concatenate([np.empty(0), *(one.seconds for one in rest)])
    characters = np.concatenate([np.empty(0, dtype=np.int64), *(one.characters for one in rest)])
    return person_signals(own, others.get(rater_id), Timed(seconds, characters))


def _answers(project: Project, rubric: Rubric) -> dict[int, Answers]:
    rows: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, {"newest": NEWEST, "project": project.pk, "rubric": rubric.pk})
        for rater_id, *row in cursor.fetchall():
            rows[rater_id].append(tuple(row))
    skipped = dict(_skipped(project).values_list("rater_id").annotate(n=Count("pk")))
    return {
        rater_id: _collected(rows[rater_id], skipped.get(rater_id, 0), rubric.n_criteria)
        for rater_id in rows.keys() | skipped.keys()
    }


def _skipped(project: Project) -> QuerySet[Assignment]:
    counted = Assignment.objects.filter(rater__project=project, purpose__in=[Purpose.WORK, Purpose.GOLD])
    return counted.filter(status=AssignmentStatus.SKIPPED).order_by()


def _collected(rows: list[tuple[Any, ...]], n_skipped: int, n_criteria: int) -> Answers:
    items, modes, finished, levels, seconds, known, characters = (
        zip(*rows, strict=True) if rows else ((),) * 7
    )  # fmt: skip
    nothing = (None,) * n_criteria
    return Answers(
        items=np.array(items, dtype=np.int64),
        levels=as_levels(levels, n_criteria),
        known=as_levels([one or nothing for one in known], n_criteria),
        is_blind=np.isin(np.array(modes, dtype=object), list(UNSEEN)),
        finished_s=np.array(finished, dtype=np.float64),
        seconds=np.array([np.nan if one is None else one for one in seconds], dtype=np.float64),
        characters=np.array(characters, dtype=np.int64),
        n_skipped=n_skipped,
    )


def turns_behind(rater: Rater, of: str, *, hour: int | None = None, viewer: User | None = None) -> QuerySet[Assignment]:
    """An annotator's turns of one kind, newest first.

    Args:
        of: key of `KINDS`.
        hour: only those of this hour of a sitting, from 0, among the newest that signals are read from.
        viewer: who looks; items that they hold for review are left out.
    """
    turns = Assignment.objects.filter(rater=rater, **KINDS[of].conditions)
    if viewer is not None:
        in_hand = Assignment.objects.filter(rater__user=viewer, status=AssignmentStatus.LEASED)
        turns = turns.exclude(item__in=in_hand.values("item"))
    if hour is not None:
        turns = turns.filter(pk__in=_in_hour(rater, hour))
    return turns.select_related("item", "judgement__rubric", "shown").order_by("-finished_at", "-pk")


def _in_hour(rater: Rater, hour: int) -> list[int]:
    answered = Assignment.objects.filter(rater=rater, **KINDS["answers"].conditions, finished_at__isnull=False)
    rows = list(answered.order_by("-finished_at").values_list("finished_at", "pk")[:NEWEST])[::-1]
    hours = hours_of_sitting(np.array([moment.timestamp() for moment, _pk in rows if moment is not None]))
    return [pk for (_moment, pk), at in zip(rows, hours, strict=True) if int(at) == hour]


@dataclass(frozen=True)
class Kind:
    """Turns that a figure is read from, and what they are called on a page."""

    title: str | Promise
    conditions: dict[str, Any]


_DONE: Final = {"status": AssignmentStatus.DONE}
KINDS: Final[dict[str, Kind]] = {
    "answers": Kind(_("Answers"), {**_DONE, "purpose__in": [Purpose.WORK, Purpose.GOLD]}),
    "gold": Kind(_("Answers on gold, nothing of a judge seen before"), {
        **_DONE, "purpose": Purpose.GOLD, "mode__in": UNSEEN}),
    "unseen": Kind(_("Answers to work, nothing of a judge seen before"), {
        **_DONE, "purpose": Purpose.WORK, "mode__in": UNSEEN}),
    "assist": Kind(_("Answers with a verdict shown before"), {**_DONE, "purpose": Purpose.WORK, "mode": Mode.ASSIST}),
    "challenge": Kind(_("Answers with a wrong verdict shown before"), {**_DONE, "mode": Mode.CHALLENGE}),
    "reveal": Kind(_("Answers after which the judges were shown"), {**_DONE, "mode": Mode.REVEAL}),
    "training": Kind(_("Answers in training"), {**_DONE, "purpose": Purpose.TRAINING}),
    "skipped": Kind(_("Turns that were skipped"), {"status": AssignmentStatus.SKIPPED}),
}  # fmt: skip
