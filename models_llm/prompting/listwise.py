"""The list-wise prompt: all candidates of one context side by side, each with its levels in one structured reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from annotations.rubrics import RubricSpec
from models_llm.engines import Message, Prompt
from models_llm.prompting.describing import describe_rubric, describe_shape, object_schema, reply_schema, reply_shape
from models_llm.prompting.examples import Example, describe_examples
from models_llm.prompting.fence import candidate_names, fence_item
from models_llm.prompting.template import Places, PromptTemplate

_PLACES: Final[Places] = {
    "system": frozenset({"rubric", "examples", "shape"}),
    "user": frozenset({"item", "names"}),
}


class ListPrompts:
    """Prompts of one template and rubric.

    Attributes:
        system: the first message, the same for every group.
        digest: SHA-256 of all that a prompt says before it comes to the group.
    """

    def __init__(self, template: PromptTemplate, rubric: RubricSpec, examples: Sequence[Example] = ()) -> None:
        """Raises: JudgeError, if the template has other places or an example is of another rubric."""
        template.check(_PLACES)
        self.system = template.render(
            "system",
            rubric=describe_rubric(rubric),
            examples=describe_examples(examples, rubric),
            shape=describe_shape({"A": reply_shape(rubric), "B": "…"}),
        )
        self.digest = template.digest(self.system)
        self._template = template
        self._schema = reply_schema(rubric)

    def prompt(self, *, context: Any, candidates: Sequence[Any], images: tuple[str, ...] = ()) -> Prompt:
        """The prompt for the candidates of one context, named A, B and so on in the order given.

        A single one is named too: the reply names it.
        """
        names = candidate_names(len(candidates))
        user = self._template.render(
            "user",
            item=fence_item(context=context, candidates=candidates, named=True),
            names=", ".join(names),
        )
        schema = object_schema(dict.fromkeys(names, self._schema))
        return Prompt((Message("system", self.system), Message("user", user, images)), schema=schema)
