"""What an audit is of: the judge, and items with what people said of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from annotations.agreement import Ratings, level_counts
from annotations.models import Item
from annotations.selectors.votes import fetch_votes
from models_llm.bias import AuditedItem, Subject
from models_llm.judging import JudgedItem
from models_llm.models import JudgeVersion
from models_llm.selectors.judges import described_config

Counts = tuple[tuple[int, ...], ...]
"""For each criterion how many people gave each level."""


def subject_of(version: JudgeVersion) -> Subject:
    """The version as the checks of an audit need to know it."""
    config = described_config(version)
    asking = [part for part in config.parts if part.engine]
    return Subject(
        version.rubric.spec(),
        models=tuple(part.model or part.engine for part in asking),  # the scripted engine has no model
        was_fitted=len(asking) < len(config.parts),
        wants_groups=config.wants_groups,
    )


def draw_items(version: JudgeVersion, *, most: int, rng: np.random.Generator) -> list[AuditedItem]:
    """Items of the version's project by lot: those that people rated first, since some checks need their ratings.

    Items that the judge was fitted on, or that stand in its prompt as examples, are left out. People's ratings are
    their votes under the version's rubric.
    """
    items = Item.objects.filter(project_id=version.judge.project_id)
    item_ids = items.exclude(pk__in=version.seen_item_ids).order_by("pk")
    known = np.fromiter(item_ids.values_list("pk", flat=True), dtype=np.int64)
    votes = fetch_votes(version.rubric)
    is_rated = np.isin(known, votes.items)
    drawn = [int(pk) for pk in [*rng.permutation(known[is_rated]), *rng.permutation(known[~is_rated])][:most]]
    return _read(drawn, _counts(votes, drawn))


def _read(item_ids: Collection[int], people: Mapping[int, Counts]) -> list[AuditedItem]:
    """The items in that order."""
    rows = Item.objects.filter(pk__in=item_ids).select_related("batch").in_bulk()
    return [
        AuditedItem(
            id=pk,
            name=rows[pk].external_id,
            item=JudgedItem(rows[pk].context, tuple(rows[pk].candidates)),
            group=rows[pk].group or "",
            producer=rows[pk].batch.producer,
            people=people.get(pk),
        )
        for pk in item_ids
    ]


def _counts(votes: Ratings, item_ids: Collection[int]) -> dict[int, Counts]:
    """Those of the items that have votes."""
    at = np.flatnonzero(np.isin(votes.items, np.array(item_ids, dtype=np.int64)))
    by_criterion = [counts[at].tolist() for counts in level_counts(votes)]
    return {
        item_id: tuple(tuple(counts) for counts in of_item)
        for item_id, *of_item in zip(votes.items[at].tolist(), *by_criterion, strict=True)
    }
