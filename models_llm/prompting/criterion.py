"""Prompts about one criterion of an item at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from annotations.rubrics import CriterionSpec, RubricSpec
from models_llm.engines import Message, Prompt
from models_llm.prompting.describing import (
    criterion_schema,
    criterion_shape,
    describe_rubric,
    describe_shape,
    object_schema,
)
from models_llm.prompting.examples import Example, describe_examples
from models_llm.prompting.fence import fence_item
from models_llm.prompting.labels import describe_letters, level_letters
from models_llm.prompting.template import Places, PromptTemplate

_PLACES: Final[Places] = {
    "system": frozenset({"rubric", "examples"}),
    "user": frozenset({"item"}),
    "question": frozenset({"criterion", "letters"}),
}
_MORE_PLACES: Final[Places] = {
    "draw": frozenset({"criterion", "shape"}),
    "rationale": frozenset({"criterion", "level"}),
}


@dataclass(frozen=True)
class Questions:
    """What can be asked about one item.

    All its prompts begin with the same bytes: the system message, and the user message up to the end of the item.
    What is asked about a criterion comes after that, so a server's prefix cache pays for rubric, examples and item
    once, however many criteria there are.
    """

    prompts: CriterionPrompts
    item: str
    images: tuple[str, ...]

    def letter(self, criterion: CriterionSpec) -> Prompt:
        """Asks for the letter of a level, one of `letters`, and nothing else."""
        return self._ask(self.prompts.asked[criterion.key].question)

    def letters(self, criterion: CriterionSpec) -> tuple[str, ...]:
        """What stands for each level."""
        return self.prompts.asked[criterion.key].letters

    def draw(self, criterion: CriterionSpec) -> Prompt:
        """Asks for reasons first and then the level, as JSON."""
        asked = self.prompts.asked[criterion.key]
        return Prompt(self._ask(asked.draw).messages, schema=asked.schema)

    def rationale(self, criterion: CriterionSpec, level: int) -> Prompt:
        """Asks, after the letter was given, for the reasons in plain words."""
        given = Message("assistant", self.letters(criterion)[level])
        why = self.prompts.template.render("rationale", criterion=criterion.name, level=criterion.answers[level])
        return Prompt((*self.letter(criterion).messages, given, Message("user", why)))

    def _ask(self, question: str) -> Prompt:
        user = Message("user", f"{self.item}\n\n{question}", self.images)
        return Prompt((Message("system", self.prompts.system), user))


@dataclass(frozen=True)
class _Asked:
    """What is asked about one criterion, the same for every item."""

    letters: tuple[str, ...]
    question: str
    draw: str
    schema: dict[str, Any]

    @classmethod
    def of(cls, criterion: CriterionSpec, template: PromptTemplate) -> _Asked:
        name = f"{criterion.name} (key: {criterion.key})"
        letters = level_letters(criterion)
        shape = describe_shape({criterion.key: criterion_shape(criterion)})
        return cls(
            letters,
            template.render("question", criterion=name, letters=describe_letters(criterion, letters)),
            template.render("draw", criterion=name, shape=shape) if template.draw else "",
            object_schema({criterion.key: criterion_schema(criterion)}),
        )


class CriterionPrompts:
    """Prompts of one template and rubric.

    Attributes:
        system: the first message, the same for every item and criterion.
        digest: SHA-256 of all that the prompts say but for the item.
        asked: by a criterion's key, what is asked about it.
    """

    def __init__(
        self,
        template: PromptTemplate,
        rubric: RubricSpec,
        examples: Sequence[Example] = (),
        *,
        letters_only: bool = False,
    ) -> None:
        """With `letters_only` neither draws nor rationales are asked for, and the template has no texts for them.

        Raises: JudgeError, if the template has other places, an example is of another rubric, or letters run out.
        """
        template.check(_PLACES if letters_only else {**_PLACES, **_MORE_PLACES})
        self.template = template
        self.system = template.render(
            "system", rubric=describe_rubric(rubric), examples=describe_examples(examples, rubric)
        )
        self.digest = template.digest(self.system)
        self.asked = {criterion.key: _Asked.of(criterion, template) for criterion in rubric.criteria}

    def about(self, *, context: Any, candidates: Sequence[Any], images: tuple[str, ...] = ()) -> Questions:
        """What can be asked about one item."""
        item = self.template.render("user", item=fence_item(context=context, candidates=candidates))
        return Questions(self, item, images)
