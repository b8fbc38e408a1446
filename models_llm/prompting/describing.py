"""A rubric in words, and the shape of the replies to it."""

from __future__ import annotations

import json
from typing import Any

from annotations.rubrics import CriterionSpec, RubricSpec


def describe_rubric(rubric: RubricSpec) -> str:
    """The rubric as a judge reads it: each criterion with its definition, levels and examples."""
    return "\n\n".join(
        _describe_criterion(number, criterion) for number, criterion in enumerate(rubric.criteria, start=1)
    )


def describe_shape(shape: dict[str, Any]) -> str:
    return json.dumps(shape, ensure_ascii=False, indent=1)


def reply_shape(rubric: RubricSpec) -> dict[str, Any]:
    """A reply as a model is shown it."""
    return {criterion.key: criterion_shape(criterion) for criterion in rubric.criteria}


def criterion_shape(criterion: CriterionSpec) -> dict[str, str]:
    return {"rationale": "…", "level": " | ".join(criterion.answers)}


def reply_schema(rubric: RubricSpec) -> dict[str, Any]:
    """JSON schema of the reply: for each criterion a rationale, then one of the levels that are offered."""
    return object_schema({criterion.key: criterion_schema(criterion) for criterion in rubric.criteria})


def criterion_schema(criterion: CriterionSpec) -> dict[str, Any]:
    return object_schema({"rationale": {"type": "string"}, "level": {"enum": list(criterion.answers)}})


def object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _describe_criterion(number: int, criterion: CriterionSpec) -> str:
    lines = [f"{number}. {criterion.name} (key: {criterion.key})"]
    if criterion.definition:
        lines.append(criterion.definition)
    for answer, level in zip(criterion.answers, criterion.levels, strict=True):
        lines.append(f"   - {answer}: {level.description}" if level.description else f"   - {answer}")
    if criterion.passing_example:
        lines.append(f"   Passes, for example: {criterion.passing_example}")
    if criterion.failing_example:
        lines.append(f"   Fails, for example: {criterion.failing_example}")
    return "\n".join(lines)
