"""What a calibration is fitted on: a version's probabilities, and what people decided of the same items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotations.aggregation import majority
from annotations.agreement import (
    Dimension,
    PeopleRatings,
    dimensions,
    pass_positions,
    people_ratings,
    positions_of,
    reference_of,
)
from annotations.choices import Outcome, Visible
from annotations.estimation import FloatArray, IntArray
from annotations.models import Item, Judgement
from annotations.rubrics import MISSING, CriterionSpec
from annotations.selectors.votes import fetch_votes, votes_under
from models_llm.calibration import Event, Examples, event_of, event_probabilities
from models_llm.models import JudgeVersion

TIED: Final = "items where people tie"
UNRATED: Final = "replies "
NO_PROBABILITIES: Final = "verdicts without probabilities"
SEEN: Final = "verdicts on items whose ratings by people the judge has seen"
NOT_GIVEN: Final = "items the judge did not rate on this criterion"


@dataclass(frozen=True)
class CriterionExamples:
    """One criterion's examples, with what was left out and why.

    Attributes:
        items: (n,) ids of the items, ascending.
    """

    criterion: CriterionSpec
    event: Event
    items: IntArray
    examples: Examples
    excluded: Mapping[str, int]


@dataclass(frozen=True)
class _Verdicts:
    """The judge's verdicts on the items that people rated.

    Attributes:
        items: (n,) ids, ascending.
        levels: (n, n_criteria); `MISSING` where not rated.
        distributions: (n, n_levels) over all criteria; nan where it gave none.
        excluded: verdicts that are not among these, by reason.
    """

    items: IntArray
    levels: IntArray
    distributions: FloatArray
    excluded: Mapping[str, int]


def calibration_examples(version: JudgeVersion) -> list[CriterionExamples]:
    """Examples of each criterion of the version's rubric.

    People's consensus is the majority of their votes, or of a published aggregate where no single person voted;
    where they tie nothing is decided. Verdicts on items whose ratings the judge has seen count nowhere.
    """
    votes = fetch_votes(version.rubric)
    reference = positions_of(votes, reference_of(votes))
    verdicts = _verdicts(version)
    groups = _groups(verdicts.items)
    return [
        _examples(dimension, people_ratings(votes, dimension, reference), votes.items, verdicts, number, shares, groups)
        for number, (dimension, shares) in enumerate(
            # The joint outcome has no probabilities.
            zip(dimensions(votes), version.rubric.spec().level_slices, strict=False)
        )
    ]


def _examples(
    dimension: Dimension,
    people: PeopleRatings,
    rated_items: IntArray,
    verdicts: _Verdicts,
    number: int,
    shares: slice,
    groups: IntArray,
) -> CriterionExamples:
    criterion = dimension.criterion
    event, levels = event_of(criterion), verdicts.levels[:, number]
    probability = event_probabilities(criterion, levels, verdicts.distributions[:, shares])
    decided = _decided(criterion, event, people)
    where = np.searchsorted(rated_items, verdicts.items)
    consensus, was_rated = decided[where], people.counts.sum(axis=1)[where] > 0
    given = levels != MISSING
    has_probability = ~np.isnan(probability)
    counted = was_rated & given & has_probability & (consensus != MISSING)
    excluded = Counter(verdicts.excluded)
    excluded[NOT_GIVEN] += int((was_rated & ~given).sum())
    excluded[NO_PROBABILITIES] += int((was_rated & given & ~has_probability).sum())
    excluded[TIED] += int((was_rated & given & has_probability & (consensus == MISSING)).sum())
    _, group = np.unique(groups[counted], return_inverse=True)
    right = (_given_right(event, levels) == consensus)[counted].astype(np.float64)
    return CriterionExamples(
        criterion=criterion,
        event=event,
        items=verdicts.items[counted],
        examples=Examples(probability[counted], right, group.astype(np.int64)),
        excluded={reason: n for reason, n in excluded.items() if n},
    )


def _given_right(event: Event, levels: IntArray) -> IntArray:
    """(n,) the decision of people that would prove the judge right."""
    return levels if event is Event.GIVEN_LEVEL else np.zeros(len(levels), dtype=np.int64)


def _decided(criterion: CriterionSpec, event: Event, people: PeopleRatings) -> IntArray:
    """(n_items,); what most people decided: 0 pass or 1 fail, or the level; `MISSING` where they tie."""
    if event is Event.GIVEN_LEVEL:
        return people.majority
    side = pass_positions(criterion)[:-1]
    return majority(np.stack([people.counts[:, side == one].sum(axis=1) for one in (0, 1)], axis=1))


def _verdicts(version: JudgeVersion) -> _Verdicts:
    spec = version.rubric.spec()
    n_levels = sum(len(criterion.levels) for criterion in spec.criteria)
    rows = (
        Judgement.objects.live()
        .filter(rater=version.rater_id, rubric=version.rubric)
        .filter(item_id__in=votes_under(version.rubric).values("item_id"))
        .order_by("item_id")
        .values_list("item_id", "outcome", "visible", "levels", "distributions")
    )
    items, levels, distributions = [], [], []
    excluded: Counter[str] = Counter()
    nothing = [np.nan] * n_levels
    for item_id, outcome, visible, given, shares in rows.iterator():
        if visible == Visible.ASSISTED:
            excluded[SEEN] += 1
        elif outcome != Outcome.RATED:
            excluded[f"{UNRATED}{outcome}"] += 1
        else:
            items.append(item_id)
            levels.append([MISSING if level is None else level for level in given])
            distributions.append(nothing if shares is None else shares)
    return _Verdicts(
        items=np.array(items, dtype=np.int64),
        levels=np.array(levels, dtype=np.int64).reshape(-1, len(spec.criteria)),
        distributions=np.array(distributions, dtype=np.float64).reshape(-1, n_levels),
        excluded=excluded,
    )


def _groups(items: IntArray) -> IntArray:
    """(n,); a number for each item's group; an item without one is a group of one."""
    names = dict(Item.objects.filter(pk__in=items.tolist()).values_list("pk", "group"))
    of_item = np.array([names[item] or f"item {item}" for item in items.tolist()], dtype=np.str_)
    _, numbers = np.unique(of_item, return_inverse=True)
    return numbers.astype(np.int64)
