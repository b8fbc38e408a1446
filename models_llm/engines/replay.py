"""An engine that answers from what was answered before."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import Any

from models_llm.engines.protocol import Completion, FinishReason, Prompt, Sampling


class ReplayEngine:
    """Gives each prompt the reply it got when it was asked, in the same order where it was asked more than once.

    A judge that runs on it comes to the verdict it came to, and `asked` then holds the exact prompts; `labels` holds,
    by the digest of a prompt, the labels that were to be weighed.
    """

    def __init__(self, replies: Iterable[tuple[str, Completion]]) -> None:
        """`replies` holds prompt digests with what was answered."""
        self.asked: list[Prompt] = []
        self.labels: dict[str, tuple[str, ...]] = {}
        self._replies: dict[str, deque[Completion]] = defaultdict(deque)
        for digest, completion in replies:
            self._replies[digest].append(completion)

    def source(self, name: str, *, model: str, config: Mapping[str, Any]) -> ReplayEngine:
        """Itself, in place of whatever engine a judge asks for."""
        del name, model, config
        return self

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        del sampling
        return self._reply(prompt)

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        self.labels[prompt.digest] = labels
        return self._reply(prompt)

    async def close(self) -> None:
        pass

    def _reply(self, prompt: Prompt) -> Completion:
        self.asked.append(prompt)
        replies = self._replies[prompt.digest]
        if not replies:
            return Completion("", FinishReason.FAILED, error="this prompt was not asked when the verdict was made")
        return replies.popleft()
