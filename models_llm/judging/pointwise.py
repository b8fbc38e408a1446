"""All criteria of one item in one structured reply."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.rubrics import RubricSpec
from models_llm.engines import Engine, Sampling
from models_llm.judging.asking import Asking
from models_llm.judging.item_judge import ItemJudge, Ratings, read_ratings
from models_llm.judging.protocol import JudgedItem
from models_llm.judging.settings import PointwiseSettings
from models_llm.prompting import Example, PointwisePrompts, PromptTemplate


class PointwiseJudge(ItemJudge):
    """One prompt an item, one reply, one level and rationale for every criterion."""

    def __init__(
        self,
        rubric: RubricSpec,
        *,
        engine: Engine,
        sampling: Sampling,
        template: PromptTemplate,
        examples: Sequence[Example] = (),
        settings: PointwiseSettings | None = None,
    ) -> None:
        del settings  # there are none
        super().__init__(engine)
        self.prompts = PointwisePrompts(template, rubric, examples)
        self._rubric = rubric
        self._sampling = sampling

    async def rate(self, item: JudgedItem, asking: Asking) -> Ratings:
        prompt = self.prompts.prompt(context=item.context, candidates=item.candidates, images=item.images)
        return read_ratings(await asking.complete("", prompt, self._sampling), self._rubric)
