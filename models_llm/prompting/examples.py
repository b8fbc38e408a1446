"""Items that people decided, shown to a judge before the one it judges."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotations.errors import RubricError
from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _
from models_llm.errors import JudgeError
from models_llm.prompting.fence import as_json, fence_item


@dataclass(frozen=True)
class Example:
    """One decided item, as a judge version freezes it.

    Attributes:
        levels: a level position for every criterion.
        rationale: why, in people's words; may be empty.
    """

    context: Any
    candidates: tuple[Any, ...]
    levels: tuple[int, ...]
    rationale: str = ""

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Example:
        """The example that `to_json` made a record of.

        Raises: JudgeError, if it is none.
        """
        try:
            example = cls(**{**record, "candidates": tuple(record["candidates"]), "levels": tuple(record["levels"])})
        except (KeyError, TypeError) as err:
            raise JudgeError(
                _(
                    "expected an example with context, candidates, levels and rationale, got %(came)s",
                    came=str(record)[:200],
                )
            ) from err
        if not all(type(level) is int for level in example.levels) or not isinstance(example.rationale, str):
            raise JudgeError(
                _(
                    "expected level positions and a text as rationale in an example, got %(came)s",
                    came=str(record)[:200],
                )
            )
        return example

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def describe_examples(examples: Sequence[Example], rubric: RubricSpec) -> str:
    """All examples, fenced as items are, with a blank line before and after; empty where there are none.

    Raises: JudgeError, if an example is rated on other criteria or levels than the rubric's.
    """
    if not examples:
        return ""
    shown = "\n\n".join(_describe_example(number, one, rubric) for number, one in enumerate(examples, start=1))
    return f"\nEXAMPLES\nItems that people decided, to show where the levels lie.\n\n{shown}\n"


def _describe_example(number: int, example: Example, rubric: RubricSpec) -> str:
    try:
        rubric.check_levels(example.levels)
    except RubricError as err:
        raise JudgeError(_("example %(number)s: %(fault)s", number=number, fault=err)) from err
    decided = {
        criterion.key: criterion.answers[level]
        for criterion, level in zip(rubric.criteria, example.levels, strict=True)
    }
    lines = [
        "<example>",
        fence_item(context=example.context, candidates=example.candidates),
        f"Decided: {json.dumps(decided, ensure_ascii=False)}",
    ]
    if example.rationale:
        lines.append(f"Because: {as_json(example.rationale)}")
    return "\n".join([*lines, "</example>"])
