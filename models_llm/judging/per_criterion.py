"""Each criterion by a question of its own, with the distribution over its levels."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.rubrics import RubricSpec
from models_llm.engines import Engine, Sampling
from models_llm.judging.asking import Asking
from models_llm.judging.item_judge import ItemJudge, Ratings
from models_llm.judging.protocol import JudgedItem
from models_llm.judging.settings import PerCriterionSettings
from models_llm.judging.weighing import CriterionRater, ratings_of
from models_llm.prompting import CriterionPrompts, Example, PromptTemplate


class PerCriterionJudge(ItemJudge):
    """A letter for each criterion, weighed; the level is the likeliest, its score the expected value.

    All prompts about an item share the system message and the item, and are asked one after the other: the second
    finds both in the server's prefix cache. `CriterionRater` says what is done with doubtful answers, `Questions`
    what is asked.
    """

    def __init__(
        self,
        rubric: RubricSpec,
        *,
        engine: Engine,
        sampling: Sampling,
        template: PromptTemplate,
        settings: PerCriterionSettings,
        examples: Sequence[Example] = (),
    ) -> None:
        super().__init__(engine)
        self.prompts = CriterionPrompts(template, rubric, examples)
        self._rubric = rubric
        self._rater = CriterionRater(rubric, sampling, settings)

    async def rate(self, item: JudgedItem, asking: Asking) -> Ratings:
        questions = self.prompts.about(context=item.context, candidates=item.candidates, images=item.images)
        return ratings_of([await self._rater.rate(one, questions, asking) for one in self._rubric.criteria])
