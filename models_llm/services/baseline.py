"""Fitting the baseline judge on what people decided in a project."""

from __future__ import annotations

from typing import Final

import numpy as np

from annotations.models import Project
from annotations.sentences import sentence as _
from models_llm.choices import JudgeKind
from models_llm.errors import FitError
from models_llm.judging import JudgeConfig, OnStep, fit_baseline
from models_llm.models import JudgeVersion
from models_llm.selectors.rated_items import rated_items
from models_llm.services.fitted_judges import FittedJudge, evaluation_of, freeze

FEWEST_ITEMS: Final = 20


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
    return freeze(project=project, name=name, fitted=baseline)


def fit_new_baseline(
    *, project: Project, seed: int, held_out_share: float, on_step: OnStep | None = None
) -> FittedJudge:
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
    item_ids, rated = rated_items(rubric)
    if len(rated) < FEWEST_ITEMS:
        raise FitError(
            _(
                "expected at least %(fewest)s items with a majority of people's ratings under “%(rubric)s” to "
                "fit a baseline, got %(n)s: review or import more",
                fewest=FEWEST_ITEMS,
                rubric=rubric,
                n=len(rated),
            )
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
    return FittedJudge(rubric, config, evaluation_of(fitted.fitted, fitted.held_out, fitted.criteria))
