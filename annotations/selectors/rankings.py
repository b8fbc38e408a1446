"""The candidates that one turn ranks, and the judgements that are one ranking."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Final

from django.db.models import Count
from django.utils.translation import gettext as _

from annotations.allocation import in_lot_order
from annotations.choices import AssignmentStatus, Outcome, RaterKind
from annotations.models import Assignment, Item, Judgement, QueuedCandidate, Rubric
from annotations.selectors.review import MOST_JUDGES_SHOWN

LETTERS: Final = ascii_uppercase
"""What candidates are called, in the order in which they are shown."""
LOT: Final = "order"
"""The question that the lot of the order is drawn for."""


def candidate_name(position: int) -> str:
    return _("Candidate %(letter)s") % {"letter": LETTERS[position]}


def shown_order(turn: Assignment) -> tuple[int, ...]:
    """Ids of the candidates that a turn ranks, in the order in which they are shown.

    The order is by lot and anybody can draw it again: by the turn's seed, its annotator and the items. What is noted
    with an answer comes first. An item that is in no group of the queue stands alone.
    """
    if turn.shown_order:
        return tuple(turn.shown_order)
    candidates = QueuedCandidate.objects.filter(queued=turn.item_id).values_list("item_id", flat=True)
    return in_lot_order(turn.seed or 0, LOT, turn.rater_id, candidates) or (turn.item_id,)


def ranked_items(turn: Assignment) -> list[Item]:
    """The candidates that a turn ranks, in the order in which they are shown."""
    order = shown_order(turn)
    items = Item.objects.in_bulk(order)
    return [items[item] for item in order]


def group_name(turn: Assignment) -> str:
    """What a turn is at, where candidates are ranked: any of their ids would tell which of them came first."""
    return turn.item.group or turn.item.external_id


def turn_of_ranking(judgement: Judgement) -> Assignment | None:
    """The turn in which a candidate was ranked; None for a ranking that came otherwise."""
    group = QueuedCandidate.objects.filter(item=judgement.item_id).values("queued")
    turns = Assignment.objects.select_related("item", "policy", "rater", "shown__rater")
    return turns.filter(rater=judgement.rater_id, item__in=group, status=AssignmentStatus.DONE).first()


def places_with(judgement: Judgement, order: Sequence[int]) -> tuple[int | None, ...]:
    """The levels of the ranking that a judgement is of, in the order given."""
    same = Judgement.objects.filter(rater=judgement.rater_id, item__in=order, created_at=judgement.created_at)
    levels = dict(same.values_list("item_id", "levels"))
    return tuple(levels[item][0] for item in order)


def group_sizes(firsts: Sequence[int]) -> dict[int, int]:
    """How many candidates the groups of the queue have, by the item that stands for each; asked only of some."""
    if not firsts:
        return {}
    candidates = QueuedCandidate.objects.filter(queued__in=firsts).values("queued")
    return dict(candidates.annotate(n=Count("pk")).values_list("queued", "n"))


def rankings_on(order: Sequence[int], rubric: Rubric) -> list[list[Judgement]]:
    """Verdicts of the judges that have rated all of the candidates, newest first; of each in the order given."""
    verdicts = Judgement.objects.live().filter(
        item__in=order, rater__kind=RaterKind.JUDGE, rubric=rubric, outcome=Outcome.RATED
    )
    by_rater: dict[int, dict[int, Judgement]] = {}
    for verdict in verdicts.select_related("rater").order_by("-pk"):
        by_rater.setdefault(verdict.rater_id, {})[verdict.item_id] = verdict
    whole = [said for said in by_rater.values() if len(said) == len(order)]
    return [[said[item] for item in order] for said in whole[:MOST_JUDGES_SHOWN]]
