"""Items that people decided, as examples for a judge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotations.agreement import majority_levels, positions_of
from annotations.choices import RaterKind
from annotations.images import take_images
from annotations.models import Gold, Item, Rubric, User
from annotations.rubrics import MISSING, CriterionSpec, LevelSpec
from annotations.selectors.items import held_by
from annotations.selectors.votes import fetch_votes, votes_under
from models_llm.judging import Decided, choose_balanced
from models_llm.models import JudgeVersion
from models_llm.prompting import Example

MOST_EXAMPLES: Final = 8
FEWEST_PEOPLE: Final = 2
LONGEST: Final = 8_000
"""Characters of an item's JSON: an example is in every prompt."""
LONGEST_RATIONALE: Final = 500

GOLD, UNANIMOUS, MAJORITY = range(3)
SOURCES: Final = ("gold", "unanimous", "majority")


@dataclass(frozen=True)
class ChosenExample:
    """An example with where it comes from.

    Attributes:
        source: of `SOURCES`: how the item was decided.
        ratings: each criterion with its level, for a page.
    """

    item: Item
    example: Example
    source: str
    ratings: tuple[tuple[CriterionSpec, LevelSpec], ...]


@dataclass(frozen=True)
class _Ruling:
    levels: tuple[int, ...]
    rank: int


def choose_examples(*, rubric: Rubric, n: int, seed: int) -> tuple[ChosenExample, ...]:
    """Items that people decided on every criterion, chosen so that they show as many levels as they can.

    Gold counts before what people are unanimous on, and that before a majority of the votes of at least two people.
    Of a group one item at most; none with images, which have no place among examples, and none that is very long.

    Args:
        n: how many at most, up to `MOST_EXAMPLES`.
        seed: of the draw among equals; the same seed chooses the same while nobody rates.
    Returns: fewer than `n` where people decided fewer; the surest and rarest first.
    """
    rulings = _people(rubric) | _gold(rubric)
    rows = Item.objects.filter(pk__in=rulings).order_by("pk").values_list("pk", "group")
    groups = {pk: group or f"item {pk}" for pk, group in rows}
    rng = np.random.default_rng(seed)
    refused: set[int] = set()
    while True:  # the texts of a few are read, not those of all
        ids = [pk for pk in groups if pk not in refused]
        decided = [Decided(rulings[pk].levels, rulings[pk].rank, groups[pk]) for pk in ids]
        chosen = [ids[position] for position in choose_balanced(decided, min(n, MOST_EXAMPLES), rng)]
        items = Item.objects.in_bulk(chosen)
        unfit = {pk for pk in chosen if not _fits(items[pk])}
        if not unfit:
            rationales = _rationales(rubric, {pk: rulings[pk] for pk in chosen})
            return tuple(_chosen(items[pk], rulings[pk], rationales.get(pk, ""), rubric) for pk in chosen)
        refused |= unfit
        rng = np.random.default_rng(seed)


ShownExample = tuple[Item, str, list[tuple[CriterionSpec, LevelSpec]]]
"""An item, how it was decided, and its levels; none where whoever looks holds the item for review."""


def shown_examples(chosen: Sequence[ChosenExample], *, viewer: User) -> list[ShownExample]:
    held = held_by(viewer, [one.item.pk for one in chosen])
    return [(one.item, one.source, [] if one.item.pk in held else list(one.ratings)) for one in chosen]


def frozen_examples(version: JudgeVersion, *, viewer: User) -> list[ShownExample]:
    """The examples that a version shows; those whose items are gone are left out."""
    records = version.config.get("examples", ())
    ids = version.config.get("fitted_item_ids", ())
    items = Item.objects.in_bulk(ids[: len(records)])
    held = held_by(viewer, list(items))
    criteria = version.rubric.spec().criteria
    return [
        (
            items[pk],
            "",
            []
            if pk in held
            else [(one, one.levels[level]) for one, level in zip(criteria, record["levels"], strict=True)],
        )
        for pk, record in zip(ids, records, strict=False)
        if pk in items
    ]


def _gold(rubric: Rubric) -> dict[int, _Ruling]:
    rows = Gold.objects.filter(rubric=rubric).values_list("item_id", "levels")
    return {
        item_id: _Ruling(tuple(level for level in levels if level is not None), GOLD)
        for item_id, levels in rows
        if None not in levels
    }


def _people(rubric: Rubric) -> dict[int, _Ruling]:
    votes = fetch_votes(rubric)
    n_items, majorities = len(votes.items), majority_levels(votes)
    n_votes = np.bincount(votes.item, minlength=n_items)
    n_agreeing = np.bincount(votes.item[(votes.levels == majorities[votes.item]).all(axis=1)], minlength=n_items)
    of_several = votes.item[votes.by(positions_of(votes, RaterKind.PEOPLE))]  # one row stands for several people
    is_enough = (n_votes >= FEWEST_PEOPLE) | (np.bincount(of_several, minlength=n_items) > 0)
    is_unanimous = (n_agreeing == n_votes) & (n_votes >= FEWEST_PEOPLE)
    decided = np.flatnonzero(is_enough & (majorities != MISSING).all(axis=1))
    return {
        item_id: _Ruling(tuple(levels), UNANIMOUS if unanimous else MAJORITY)
        for item_id, levels, unanimous in zip(
            votes.items[decided].tolist(), majorities[decided].tolist(), is_unanimous[decided].tolist(), strict=True
        )
    }


def _rationales(rubric: Rubric, rulings: Mapping[int, _Ruling]) -> dict[int, str]:
    """For items that people decided, the first reason given by somebody who rated just so."""
    decided = [item_id for item_id, ruling in rulings.items() if ruling.rank != GOLD]
    said = votes_under(rubric).filter(item_id__in=decided).exclude(rationale="").order_by("-pk")
    return {
        item_id: rationale[:LONGEST_RATIONALE]
        for item_id, levels, rationale in said.values_list("item_id", "levels", "rationale")
        if tuple(levels) == rulings[item_id].levels
    }


def _fits(item: Item) -> bool:
    if take_images(item.context, item.candidates).images:
        return False
    return len(json.dumps([item.context, item.candidates], ensure_ascii=False)) <= LONGEST


def _chosen(item: Item, ruling: _Ruling, rationale: str, rubric: Rubric) -> ChosenExample:
    return ChosenExample(
        item=item,
        example=Example(item.context, tuple(item.candidates), ruling.levels, rationale),
        source=SOURCES[ruling.rank],
        ratings=tuple(
            (criterion, criterion.levels[level])
            for criterion, level in zip(rubric.spec().criteria, ruling.levels, strict=True)
        ),
    )
