"""Rubrics to YAML, as `read_rubric` reads them."""

from __future__ import annotations

from typing import Any

import yaml

from annotations.choices import RationaleNeed
from annotations.rubrics.spec import CriterionSpec, LevelSpec, RubricSpec


def write_rubric(spec: RubricSpec) -> str:
    """YAML text that `read_rubric` turns into the same rubric."""
    document = {"name": spec.name, "criteria": [_criterion(criterion) for criterion in spec.criteria]}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def _criterion(criterion: CriterionSpec) -> dict[str, Any]:
    texts = {
        "definition": criterion.definition,
        "passing_example": criterion.passing_example,
        "failing_example": criterion.failing_example,
    }
    return {
        "key": criterion.key,
        "name": criterion.name,
        "scale": criterion.scale.value,
        **{key: text for key, text in texts.items() if text},
        **({} if criterion.rationale is RationaleNeed.OPTIONAL else {"rationale": criterion.rationale.value}),
        **({"ranking": True} if criterion.is_ranking else {}),
        "levels": [_level(level) for level in criterion.levels],
    }


def _level(level: LevelSpec) -> dict[str, Any]:
    row: dict[str, Any] = {"key": level.key, "label": level.label}
    if level.value is not None:
        row["value"] = level.value
    if level.passes is not None:
        row["passes"] = level.passes
    if level.description:
        row["description"] = level.description
    return row
