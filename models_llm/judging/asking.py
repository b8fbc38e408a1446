"""Asking an engine on behalf of one item, and keeping what was asked."""

from __future__ import annotations

from models_llm.engines import Completion, Engine, Prompt, Sampling
from models_llm.judging.protocol import Call


class Asking:
    """The calls that one verdict rests on, in the order asked."""

    def __init__(self, engine: Engine) -> None:
        self.calls: list[Call] = []
        self._engine = engine

    async def complete(self, name: str, prompt: Prompt, sampling: Sampling) -> Completion:
        return self._keep(name, prompt, await self._engine.complete(prompt, sampling))

    async def weigh(self, name: str, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        return self._keep(name, prompt, await self._engine.weigh(prompt, labels))

    def _keep(self, name: str, prompt: Prompt, completion: Completion) -> Completion:
        self.calls.append(Call(name, prompt.digest, completion))
        return completion
