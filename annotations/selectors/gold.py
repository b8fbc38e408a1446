"""Gold: what is in use, how people answered it, and whether its classes are those of the work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Case, F, QuerySet, When

from annotations.choices import AssignmentStatus, GoldUse, Purpose, RaterKind
from annotations.estimation import IntArray
from annotations.models import Assignment, Gold, Project, Rubric, User
from annotations.quality import CriterionMix, Signal, as_levels, class_mix, is_hit, share
from annotations.selectors.quality import UNSEEN

FEWEST_FOR_CONSENSUS = 2
"""Gold is never one person's answer."""

# Every blind answer of people to the item's work, all alike and complete.
CONSENSUS = """
SELECT j.item_id, min(j.levels), count(*)
FROM annotations_judgement j JOIN annotations_rater r ON r.id = j.rater_id
WHERE r.project_id = %(project)s AND r.kind = %(person)s AND j.rubric_id = %(rubric)s
  AND j.superseded_at IS NULL AND j.purpose = 'work' AND j.visible = 'blind' AND j.outcome = 'rated'
GROUP BY j.item_id
HAVING count(*) >= %(least)s AND min(j.levels) = max(j.levels) AND array_position(min(j.levels), NULL) IS NULL
ORDER BY j.item_id
"""


@dataclass(frozen=True)
class Consensus:
    """Items on which people agree: (n,) their ids and (n, n_criteria) what they say."""

    items: list[int]
    levels: IntArray


@dataclass(frozen=True)
class GoldLine:
    """Gold with the answers of people to it.

    Attributes:
        accuracy: share of blind answers that are right; gold that good people miss is to be looked at.
        labels: what is known, criterion and level, with whether it passes.
    """

    gold: Gold
    accuracy: Signal
    labels: tuple[tuple[str, str, bool | None], ...]


@dataclass(frozen=True)
class Known:
    """What gold knows of the item of a turn, and whether the answer is right; None where there is no answer."""

    levels: list[int | None]
    is_right: bool | None


@dataclass(frozen=True)
class GoldMix:
    """The classes of the hidden gold beside those of the items that people agree on, each with its number of items."""

    n_gold: int
    n_natural: int
    criteria: tuple[CriterionMix, ...]

    @property
    def differing(self) -> tuple[str, ...]:
        """Names of the criteria whose mix differs by more than chance."""
        return tuple(mix.criterion.name for mix in self.criteria if any(level.differs for level in mix.levels))


def firm_consensus(project: Project, rubric: Rubric, *, least: int = FEWEST_FOR_CONSENSUS) -> Consensus:
    """Items with at least `least` blind answers of people, all of which agree on every criterion."""
    values: dict[str, int | str] = {
        "project": project.pk, "person": RaterKind.PERSON, "rubric": rubric.pk, "least": least
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CONSENSUS, values)
        rows = cursor.fetchall()
    return Consensus([item for item, *_ in rows], as_levels([levels for _, levels, _ in rows], rubric.n_criteria))


def gold_of(project: Project, *, viewer: User | None = None) -> QuerySet[Gold]:
    """Gold under the current rubric, what is in use first and the newest first in each.

    Args:
        viewer: who looks; items that they hold for review are left out.
    """
    gold = Gold.objects.filter(rubric=project.current_rubric(), item__project=project)
    if viewer is not None:
        in_hand = Assignment.objects.filter(rater__user=viewer, status=AssignmentStatus.LEASED)
        gold = gold.exclude(item__in=in_hand.values("item"))
    gold = gold.annotate(is_unused=Case(When(use=GoldUse.KNOWN, then=True), default=False))
    return gold.select_related("item", "rubric").order_by(
        "is_unused", "use", F("retired_at").desc(nulls_first=True), "-pk"
    )


def gold_lines(page: Sequence[Gold]) -> list[GoldLine]:
    """Gold of one rubric with the answers to it; one query for all."""
    hits: dict[int, list[bool]] = defaultdict(list)
    known = {gold.item_id: gold for gold in page}
    answers = Assignment.objects.filter(
        item__in=list(known), purpose=Purpose.GOLD, status=AssignmentStatus.DONE, mode__in=UNSEEN
    ).values_list("item_id", "judgement__rubric_id", "judgement__levels")
    for item_id, rubric_id, levels in answers:
        if rubric_id == known[item_id].rubric_id and (hit := is_hit(levels, known[item_id].levels)) is not None:
            hits[item_id].append(hit)
    return [
        GoldLine(
            gold=gold,
            accuracy=share(sum(hits[gold.item_id]), len(hits[gold.item_id]), reason="nobody has had it yet"),
            labels=_labels(gold),
        )
        for gold in page
    ]


def known_of(turns: Sequence[Assignment]) -> dict[int, Known]:
    """Gold of the items of turns, by the turn; of those that have any. The judgements are loaded; one query."""
    gold = Gold.objects.filter(item__in=[turn.item_id for turn in turns], retired_at__isnull=True)
    levels = {(item, rubric): known for item, rubric, known in gold.values_list("item_id", "rubric_id", "levels")}
    found = {}
    for turn in turns:
        said = turn.judgement
        known = None if said is None else levels.get((turn.item_id, said.rubric_id))
        if said is not None and known is not None:
            found[turn.pk] = Known(known, is_hit(said.levels, known))
    return found


def gold_mix(project: Project) -> GoldMix:
    """Whether the hidden gold has the classes of the work."""
    rubric = project.current_rubric()
    hidden = Gold.objects.filter(rubric=rubric, use=GoldUse.HIDDEN).values_list("levels", flat=True)
    gold = as_levels(list(hidden), rubric.n_criteria)
    natural = firm_consensus(project, rubric)
    return GoldMix(
        n_gold=len(gold),
        n_natural=len(natural.items),
        criteria=class_mix(rubric.spec(), gold, natural.levels),
    )


def _labels(gold: Gold) -> tuple[tuple[str, str, bool | None], ...]:
    return tuple(
        (criterion.name, criterion.levels[level].label, criterion.levels[level].passes)
        for criterion, level in zip(gold.rubric.spec().criteria, gold.levels, strict=True)
        if level is not None
    )
