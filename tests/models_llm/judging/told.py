"""An engine that is told its replies by the name of what it is asked, for expected numbers by arithmetic."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models_llm.engines import Completion, FinishReason, Prompt, ScriptedEngine, Usage

ONE_TOKEN = Usage(prompt_tokens=10, completion_tokens=1)


def weights(*values: float) -> Completion:
    """The letters' weights, in their order."""
    return Completion("A", FinishReason.STOP, ONE_TOKEN, weights=values)


class ToldEngine(ScriptedEngine):
    """Replies by the first piece that its last message holds; the replies of a piece are given in turn.

    `asked` holds all prompts in the order asked.
    """

    def __init__(self, replies: Mapping[str, Completion | str | list[Completion | str]]) -> None:
        self.asked: list[Prompt] = []
        left = {piece: list(said) if isinstance(said, list) else said for piece, said in replies.items()}

        def reply(prompt: Prompt, generator: np.random.Generator) -> Completion | str:
            self.asked.append(prompt)
            last = prompt.messages[-1].text
            said = next((said for piece, said in left.items() if piece in last), None)
            if said is None:
                return Completion("", FinishReason.FAILED, error=f"nobody told what to say to: {last}")
            return said.pop(0) if isinstance(said, list) else said

        super().__init__(reply)
