"""Asking an engine on behalf of one item, and keeping what was asked."""

from __future__ import annotations

from models_llm.engines import Completion, Engine, Prompt, Sampling
from models_llm.judging.protocol import Call


class Asking:
    """The calls that one verdict rests on."""

    def __init__(self, engine: Engine, *, prefix: str = "", calls: list[Call] | None = None) -> None:
        self.calls: list[Call] = [] if calls is None else calls
        self._engine = engine
        self._prefix = prefix

    def by(self, engine: Engine, name: str) -> Asking:
        """Asks another engine for the same verdict; its calls are named after it."""
        return Asking(engine, prefix=f"{self._prefix}{name} · ", calls=self.calls)

    async def complete(self, name: str, prompt: Prompt, sampling: Sampling) -> Completion:
        return self._keep(name, prompt, await self._engine.complete(prompt, sampling))

    async def weigh(self, name: str, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        return self._keep(name, prompt, await self._engine.weigh(prompt, labels))

    def _keep(self, name: str, prompt: Prompt, completion: Completion) -> Completion:
        self.calls.append(Call(f"{self._prefix}{name}", prompt.digest, completion))
        return completion
