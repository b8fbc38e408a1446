"""Asking an engine from a test: many prompts at once, and the loop waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from models_llm.engines import Completion, Engine, Prompt, Sampling, loop


def complete_all(engine: Engine, prompts: Sequence[Prompt], sampling: Sampling) -> list[Completion]:
    """One completion for each prompt, in order, all asked at once."""

    async def ask() -> list[Completion]:
        return await asyncio.gather(*(engine.complete(prompt, sampling) for prompt in prompts))

    return loop.run(ask())
