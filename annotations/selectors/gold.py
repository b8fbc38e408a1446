"""Gold: what is in use, how people answered it, and whether its classes are those of the work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, F, Func, IntegerField, Max, Min, OuterRef, Q, QuerySet, Value, When

from annotations.choices import AssignmentStatus, GoldUse, Outcome, Purpose, RaterKind, Visible
from annotations.estimation import IntArray
from annotations.models import Assignment, Gold, Item, Judgement, Project, Rubric, Ruling, User
from annotations.quality import CriterionMix, Signal, as_levels, class_mix, is_hit, share
from annotations.selectors.quality import UNSEEN

FEWEST_FOR_CONSENSUS = 2
"""Gold is never one person's answer."""


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
    rows = list(agreeing_answers(project, rubric, least=least).order_by("item_id").values_list("item_id", "agreed"))
    return Consensus([item for item, _ in rows], as_levels([levels for _, levels in rows], rubric.n_criteria))


def agreeing_answers(project: Project, rubric: Rubric, *, least: int = FEWEST_FOR_CONSENSUS) -> QuerySet[Any, Any]:
    """`item_id`, and `agreed` levels, where every blind answer of people to the item's work is alike and complete."""
    blind = Judgement.objects.live().filter(
        rater__project=project, rater__kind=RaterKind.PERSON, rubric=rubric, visible=Visible.BLIND,
        outcome=Outcome.RATED,
    )  # fmt: skip
    by_item = blind.values("item_id").annotate(n=Count("pk"), agreed=Min("levels"), otherwise=Max("levels"))
    open_at = Func(Min("levels"), Value(None), function="array_position", output_field=IntegerField())
    return by_item.alias(open_at=open_at).filter(n__gte=least, agreed=F("otherwise"), open_at__isnull=True)


def can_be_gold(project: Project, items: QuerySet[Item]) -> QuerySet[Item]:
    """Items whose gold holds, and items that are no gold yet and that a ruling or firm consensus can make so."""
    rubric = project.current_rubric()
    gold = Gold.objects.filter(item=OuterRef("pk"), rubric=rubric)
    ruled = Ruling.objects.live().filter(item=OuterRef("pk"), rubric=rubric)
    agreed = agreeing_answers(project, rubric).filter(item_id=OuterRef("pk"))
    holds = Exists(gold.filter(retired_at__isnull=True))
    return items.filter(Q(holds) | Q(~Exists(gold), Q(Exists(ruled)) | Q(Exists(agreed))))


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
