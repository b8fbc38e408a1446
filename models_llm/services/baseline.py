"""Fitting the baseline judge on what people decided in a project."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from annotations.aggregation import majority
from annotations.choices import Outcome, RaterKind, Visible
from annotations.estimation import IntArray
from annotations.models import Item, Judgement, Project, Rubric
from annotations.rubrics import MISSING
from models_llm.choices import JudgeKind
from models_llm.errors import FitError
from models_llm.judging import FittedBaseline, JudgeConfig, JudgedItem, OnStep, RatedItem, fit_baseline
from models_llm.models import JudgeVersion
from models_llm.services.judges import create_judge_version

FEWEST_ITEMS: Final = 20
PEOPLE: Final = (RaterKind.PERSON, RaterKind.PEOPLE)


@dataclass(frozen=True)
class NewBaseline:
    """A fitted baseline that is no version yet."""

    rubric: Rubric
    config: JudgeConfig
    evaluation: dict[str, Any]


def fit_baseline_judge(
    *,
    project: Project,
    name: str = "baseline",
    seed: int = 0,
    held_out_share: float = 0.3,
    on_step: OnStep | None = None,
) -> JudgeVersion:
    """Fit a baseline, as `fit_new_baseline`, and freeze it as a version.

    Raises: FitError, if people decided too few items; JudgeError, if the name is of another kind of judge.
    """
    baseline = fit_new_baseline(project=project, seed=seed, held_out_share=held_out_share, on_step=on_step)
    return freeze_baseline(project=project, name=name, baseline=baseline)


def fit_new_baseline(
    *, project: Project, seed: int, held_out_share: float, on_step: OnStep | None = None
) -> NewBaseline:
    """Fit a baseline on people's majority ratings under the current rubric; nothing is stored.

    Ratings given with a judge's verdict in sight are left out. The baseline remembers the items it was fitted on,
    so that runs leave them out: agreement on them would say nothing.

    Args:
        held_out_share: share of the rated items kept for the evaluation, by whole groups.
        on_step: called with each step as it begins.
    Raises: FitError, if people decided too few items.
    """
    if on_step is not None:
        on_step("reading what people said")
    rubric = project.current_rubric()
    item_ids, rated = _rated_items(project, rubric)
    if len(rated) < FEWEST_ITEMS:
        raise FitError(
            f"expected at least {FEWEST_ITEMS} items with a majority of people's ratings under “{rubric}” to fit a "
            f"baseline, got {len(rated)}: review or import more"
        )
    rng = np.random.default_rng(seed)
    fitted = fit_baseline(rubric.spec(), rated, held_out_share=held_out_share, rng=rng, on_step=on_step)
    settings = {
        "seed": seed,
        "held_out_share": held_out_share,
        "fitted_item_ids": [item_ids[position] for position in fitted.fitted],
        "held_out_item_ids": [item_ids[position] for position in fitted.held_out],
    }
    config = JudgeConfig(JudgeKind.BASELINE.value, settings=settings, artifact=fitted.model.to_bytes())
    return NewBaseline(rubric, config, _evaluation(fitted))


def freeze_baseline(*, project: Project, name: str, baseline: NewBaseline) -> JudgeVersion:
    """Make a fitted baseline the next version of the project's judge of that name.

    Raises: JudgeError, as `create_judge_version`.
    """
    return create_judge_version(
        project=project, name=name, config=baseline.config, rubric=baseline.rubric, evaluation=baseline.evaluation
    )


def _rated_items(project: Project, rubric: Rubric) -> tuple[list[int], list[RatedItem]]:
    """Items by id with the majority of people's levels; those that people decided nothing on are left out."""
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


def _evaluation(fitted: FittedBaseline) -> dict[str, Any]:
    return {
        "n_fitted": len(fitted.fitted),
        "n_held_out": len(fitted.held_out),
        "criteria": [_without_nan(asdict(criterion)) for criterion in fitted.criteria],
    }


def _without_nan(value: Any) -> Any:
    """The value as JSON can hold it: an undefined number is null, and stands beside its reason."""
    if isinstance(value, dict):
        return {name: _without_nan(part) for name, part in value.items()}
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
