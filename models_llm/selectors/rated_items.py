"""Items with what people decided on them, for judges that learn from people."""

from __future__ import annotations

from annotations.agreement import majority_levels
from annotations.models import Item, Rubric
from annotations.rubrics import MISSING
from annotations.selectors.votes import fetch_votes
from models_llm.judging import JudgedItem, RatedItem


def rated_items(rubric: Rubric) -> tuple[list[int], list[RatedItem]]:
    """Items by id with the majority of people's votes; those that people decided nothing on are left out."""
    votes = fetch_votes(rubric)
    majorities = majority_levels(votes)
    is_decided = (majorities != MISSING).any(axis=1)
    decided = votes.items[is_decided].tolist()
    rows = Item.objects.filter(pk__in=decided).order_by("pk").values_list("pk", "context", "candidates", "group")
    rated = [
        RatedItem(
            JudgedItem(context, tuple(candidates)),
            tuple(None if level == MISSING else level for level in levels),
            group or f"item {pk}",  # an item without a group is a group of one
        )
        for (pk, context, candidates, group), levels in zip(rows, majorities[is_decided].tolist(), strict=True)
    ]
    return decided, rated
