"""What an audit is of: the judge, and items with what people said of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from annotations.choices import PEOPLE, Outcome, Visible
from annotations.models import Item, Judgement
from annotations.rubrics import RubricSpec
from models_llm.bias import AuditedItem, Subject
from models_llm.judging import JudgedItem
from models_llm.models import JudgeVersion
from models_llm.selectors.judges import config_of

Counts = tuple[tuple[int, ...], ...]
"""For each criterion how many people gave each level."""


def subject_of(version: JudgeVersion) -> Subject:
    """The version as the checks of an audit need to know it."""
    config = config_of(version)
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
    those under the version's rubric, without a judge's answer in sight.
    """
    items = Item.objects.filter(project_id=version.judge.project_id)
    item_ids = items.exclude(pk__in=version.seen_item_ids).order_by("pk")
    known = np.fromiter(item_ids.values_list("pk", flat=True), dtype=np.int64)
    ratings = Judgement.objects.live().filter(
        item__project_id=version.judge.project_id,
        rubric=version.rubric,
        rater__kind__in=PEOPLE,
        outcome=Outcome.RATED,
    )
    ratings = ratings.exclude(visible=Visible.ASSISTED)
    is_rated = np.isin(known, np.fromiter(ratings.values_list("item_id", flat=True), dtype=np.int64))
    drawn = [int(pk) for pk in [*rng.permutation(known[is_rated]), *rng.permutation(known[~is_rated])][:most]]
    levels = ratings.filter(item_id__in=drawn).values_list("item_id", "levels")
    people = _counts(version.rubric.spec(), levels)
    return _read(drawn, people)


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


def _counts(rubric: RubricSpec, rated: Collection[tuple[int, list[int | None]]]) -> dict[int, Counts]:
    """For each item and criterion how many people gave each level."""
    counts: dict[int, list[list[int]]] = {}
    for item_id, levels in rated:
        rows = counts.setdefault(item_id, [[0] * len(criterion.levels) for criterion in rubric.criteria])
        for row, level in zip(rows, levels, strict=True):
            if level is not None:
                row[level] += 1
    return {item_id: tuple(tuple(row) for row in rows) for item_id, rows in counts.items()}
