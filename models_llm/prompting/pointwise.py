"""The pointwise prompt: every criterion of one item in one structured reply, each with its rationale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from annotations.rubrics import RubricSpec
from models_llm.engines import Message, Prompt
from models_llm.prompting.describing import describe_rubric, describe_shape, reply_schema, reply_shape
from models_llm.prompting.examples import Example, describe_examples
from models_llm.prompting.fence import fence_item
from models_llm.prompting.template import Places, PromptTemplate

_PLACES: Final[Places] = {
    "system": frozenset({"rubric", "examples", "shape"}),
    "user": frozenset({"item"}),
}


class PointwisePrompts:
    """Prompts of one template and rubric.

    Attributes:
        system: the first message, the same for every item.
        schema: JSON schema of the reply.
        digest: SHA-256 of all that a prompt says before it comes to the item.
    """

    def __init__(self, template: PromptTemplate, rubric: RubricSpec, examples: Sequence[Example] = ()) -> None:
        """Raises: JudgeError, if the template has other places or an example is of another rubric."""
        template.check(_PLACES)
        self.system = template.render(
            "system",
            rubric=describe_rubric(rubric),
            examples=describe_examples(examples, rubric),
            shape=describe_shape(reply_shape(rubric)),
        )
        self.schema = reply_schema(rubric)
        self.digest = template.digest(self.system)
        self._template = template

    def prompt(self, *, context: Any, candidates: Sequence[Any], images: tuple[str, ...] = ()) -> Prompt:
        """The prompt for one item."""
        user = self._template.render("user", item=fence_item(context=context, candidates=candidates))
        return Prompt((Message("system", self.system), Message("user", user, images)), schema=self.schema)
