"""The pointwise prompt: every criterion of one item in one structured reply, each with its rationale."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from annotations.rubrics import CriterionSpec, RubricSpec
from models_llm.engines import Message, Prompt
from models_llm.prompting.fence import fence_item
from models_llm.prompting.template import PromptTemplate


class PointwisePrompts:
    """Prompts of one template and rubric.

    Attributes:
        system: the first message, the same for every item.
        schema: JSON schema of the reply.
        digest: SHA-256 of all that a prompt says before it comes to the item.
    """

    def __init__(self, template: PromptTemplate, rubric: RubricSpec) -> None:
        described = {"rubric": describe_rubric(rubric), "shape": _describe_reply(rubric)}
        self.system = template.render_system(**described).strip()
        self.schema = reply_schema(rubric)
        self.digest = template.digest(**described)
        self._template = template

    def prompt(self, *, context: Any, candidates: Sequence[Any]) -> Prompt:
        """The prompt for one item."""
        user = self._template.render_user(item=fence_item(context=context, candidates=candidates))
        return Prompt((Message("system", self.system), Message("user", user.strip())), schema=self.schema)


def describe_rubric(rubric: RubricSpec) -> str:
    """The rubric as a judge reads it: each criterion with its definition, levels and examples."""
    return "\n\n".join(
        _describe_criterion(number, criterion) for number, criterion in enumerate(rubric.criteria, start=1)
    )


def reply_schema(rubric: RubricSpec) -> dict[str, Any]:
    """JSON schema of the reply: for each criterion a rationale, then one of the levels that are offered."""
    return _object_schema({criterion.key: _criterion_schema(criterion) for criterion in rubric.criteria})


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


def _describe_reply(rubric: RubricSpec) -> str:
    shape = {criterion.key: {"rationale": "…", "level": " | ".join(criterion.answers)} for criterion in rubric.criteria}
    return json.dumps(shape, ensure_ascii=False, indent=1)


def _criterion_schema(criterion: CriterionSpec) -> dict[str, Any]:
    return _object_schema({"rationale": {"type": "string"}, "level": {"enum": list(criterion.answers)}})


def _object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
