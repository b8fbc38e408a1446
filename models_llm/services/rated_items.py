"""Items with what people decided on them, for judges that learn from people."""

from __future__ import annotations

import numpy as np

from annotations.aggregation import majority
from annotations.choices import PEOPLE, Outcome, Visible
from annotations.estimation import IntArray
from annotations.models import Item, Judgement, Project, Rubric
from annotations.rubrics import MISSING
from models_llm.judging import JudgedItem, RatedItem


def rated_items(project: Project, rubric: Rubric) -> tuple[list[int], list[RatedItem]]:
    """Items by id with the majority of people's levels; those that people decided nothing on are left out.

    Ratings given with a judge's verdict in sight do not count.
    """
    votes = _votes(project, rubric)
    majorities = {
        item_id: tuple(int(majority(counts[None])[0]) for counts in by_criterion)
        for item_id, by_criterion in votes.items()
    }
    decided = [item_id for item_id, levels in majorities.items() if any(level != MISSING for level in levels)]
    rows = Item.objects.filter(pk__in=decided).order_by("pk").values_list("pk", "context", "candidates", "group")
    ids, rated = [], []
    for pk, context, candidates, group in rows:
        ids.append(pk)
        levels = tuple(None if level == MISSING else level for level in majorities[pk])
        # An item without a group is a group of one.
        rated.append(RatedItem(JudgedItem(context, tuple(candidates)), levels, group or f"item {pk}"))
    return ids, rated


def _votes(project: Project, rubric: Rubric) -> dict[int, list[IntArray]]:
    """For each item and criterion, how often people gave each level."""
    sizes = [len(criterion.levels) for criterion in rubric.spec().criteria]
    rows = (
        Judgement.objects.live()
        .filter(item__project=project, rubric=rubric, rater__kind__in=PEOPLE, outcome=Outcome.RATED)
        .exclude(visible=Visible.ASSISTED)
        .values_list("item_id", "levels")
    )
    votes: dict[int, list[IntArray]] = {}
    for item_id, levels in rows.iterator():
        counts = votes.setdefault(item_id, [np.zeros(size, dtype=np.int64) for size in sizes])
        for count, level in zip(counts, levels, strict=True):
            if level is not None:
                count[level] += 1
    return votes
