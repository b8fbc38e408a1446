"""All criteria of one item in one structured reply."""

from __future__ import annotations

from annotations.choices import Outcome
from annotations.rubrics import RubricSpec
from models_llm.engines import Engine, Sampling
from models_llm.judging.asking import Asking
from models_llm.judging.item_judge import ItemJudge, Ratings, UnratedError, read_whole
from models_llm.judging.protocol import JudgedItem
from models_llm.parsing import parse_reply
from models_llm.prompting import PointwisePrompts, PromptTemplate


class PointwiseJudge(ItemJudge):
    """One prompt an item, one reply, one level and rationale for every criterion."""

    def __init__(self, rubric: RubricSpec, *, engine: Engine, sampling: Sampling, template: PromptTemplate) -> None:
        super().__init__(engine)
        self._rubric = rubric
        self._sampling = sampling
        self._prompts = PointwisePrompts(template, rubric)

    async def rate(self, item: JudgedItem, asking: Asking) -> Ratings:
        prompt = self._prompts.prompt(context=item.context, candidates=item.candidates)
        reply = parse_reply(read_whole(await asking.complete("", prompt, self._sampling)), self._rubric)
        if reply.outcome is not Outcome.RATED or reply.levels is None:
            raise UnratedError(reply.outcome, reply.reason, reply.rationales)
        return Ratings(reply.levels, rationales=reply.rationales)
