"""Judges that were fitted and are no version yet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotations.models import Project, Rubric
from models_llm.judging import HeldOutCriterion, JudgeConfig
from models_llm.models import JudgeVersion
from models_llm.services.judges import create_judge_version


@dataclass(frozen=True)
class FittedJudge:
    """What fitting gives: the configuration of a version, and its figures on items it was not fitted on."""

    rubric: Rubric
    config: JudgeConfig
    evaluation: dict[str, Any]


def freeze(*, project: Project, name: str, fitted: FittedJudge) -> JudgeVersion:
    """Make a fitted judge the next version of the project's judge of that name.

    Raises: JudgeError, as `create_judge_version`.
    """
    return create_judge_version(
        project=project, name=name, config=fitted.config, rubric=fitted.rubric, evaluation=fitted.evaluation
    )


def evaluation_of(
    fitted: Sequence[int], held_out: Sequence[int], criteria: Sequence[HeldOutCriterion]
) -> dict[str, Any]:
    """Held-out figures as a version keeps them."""
    return {
        "n_fitted": len(fitted),
        "n_held_out": len(held_out),
        "criteria": [_without_nan(asdict(criterion)) for criterion in criteria],
    }


def _without_nan(value: Any) -> Any:
    """The value as JSON can hold it: an undefined number is null, and stands beside its reason."""
    if isinstance(value, dict):
        return {name: _without_nan(part) for name, part in value.items()}
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
