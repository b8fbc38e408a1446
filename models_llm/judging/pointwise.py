"""All criteria of one item in one structured reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from annotations.choices import Outcome
from annotations.rubrics import RubricSpec
from models_llm.engines import Completion, Engine, FinishReason, Prompt, Sampling
from models_llm.judging.protocol import ItemVerdict, JudgedItem
from models_llm.parsing import ParsedReply, parse_reply, storable
from models_llm.prompting import PointwisePrompts, PromptTemplate

_UNREAD: Final = {
    FinishReason.LENGTH: (Outcome.TRUNCATED, "the reply was cut off at the token limit"),
    FinishReason.REFUSED: (Outcome.REFUSED, "the server or the model declined to answer"),
    FinishReason.FAILED: (Outcome.FAILED, "the engine gave no reply"),
}


class PointwiseJudge:
    """One prompt an item, one reply, one level and rationale for every criterion."""

    def __init__(self, rubric: RubricSpec, *, engine: Engine, sampling: Sampling, template: PromptTemplate) -> None:
        self._rubric = rubric
        self._engine = engine
        self._sampling = sampling
        self._prompts = PointwisePrompts(template, rubric)

    def judge(self, items: Sequence[JudgedItem]) -> list[ItemVerdict]:
        prompts = [self.prompt(item) for item in items]
        completions = self._engine.complete(prompts, self._sampling)
        return [self._verdict(prompt, completion) for prompt, completion in zip(prompts, completions, strict=True)]

    def prompt(self, item: JudgedItem) -> Prompt:
        return self._prompts.prompt(context=item.context, candidates=item.candidates)

    def close(self) -> None:
        self._engine.close()

    def _verdict(self, prompt: Prompt, completion: Completion) -> ItemVerdict:
        parsed = self._read(completion)
        return ItemVerdict(
            outcome=parsed.outcome,
            levels=parsed.levels,
            rationales=parsed.rationales,
            error=parsed.reason,
            prompt_digest=prompt.digest,
            raw_text=storable(completion.text),
            finish_reason=completion.finish_reason.value,
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=completion.completion_tokens,
            latency_ms=completion.latency_ms,
        )

    def _read(self, completion: Completion) -> ParsedReply:
        """Ratings of a whole reply. A cut-off reply is never read, even where its beginning could be."""
        if completion.finish_reason is FinishReason.STOP:
            return parse_reply(completion.text, self._rubric)
        outcome, reason = _UNREAD[completion.finish_reason]
        return ParsedReply(outcome, None, (), storable(completion.error) or reason)
