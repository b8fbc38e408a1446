"""An engine without a model: replies come from a function, a table, or the schema by lot."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from annotations.sentences import sentence as _
from models_llm.engines.protocol import Completion, FinishReason, Prompt, Sampling, Usage
from models_llm.engines.settings import read_settings
from models_llm.errors import EngineError

Script = Callable[[Prompt, np.random.Generator], str | Completion]

SCRIPTED_MASS: Final = 0.97
"""Probability on the labels together; the rest is on tokens that are none."""

FAULTS: Mapping[str, FinishReason] = {
    "garbage": FinishReason.STOP,
    "truncated": FinishReason.LENGTH,
    "refused": FinishReason.REFUSED,
    "failed": FinishReason.FAILED,
}


@dataclass(frozen=True)
class ScriptedSettings:
    """Settings of a scripted engine.

    `table` maps a piece of the last message to the reply given where it occurs, first match first; every
    other prompt gets an answer drawn from its schema. `faults` maps a name of `FAULTS` to its share.
    """

    table: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, float] = field(default_factory=dict)


class ScriptedEngine:
    """Deterministic: the same prompt under the same seed gets the same reply, whatever came before."""

    def __init__(self, script: Script, *, faults: Mapping[str, float] | None = None) -> None:
        self._script = script
        self._faults = dict(faults or {})
        unknown = sorted(set(self._faults) - set(FAULTS))
        if unknown or sum(self._faults.values()) > 1:
            raise EngineError(
                _(
                    "faults of a scripted engine are shares of %(known)s that sum to at most 1, got %(came)s",
                    known=", ".join(FAULTS),
                    came=self._faults,
                )
            )

    @classmethod
    def from_config(cls, *, model: str, config: Mapping[str, Any], api_key: str = "") -> ScriptedEngine:
        del model, api_key
        settings = read_settings(ScriptedSettings, config, engine="scripted")
        return cls(_script_from_table(settings.table), faults=settings.faults)

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        generator = np.random.default_rng([sampling.seed, int(prompt.digest[:16], 16)])
        fault = self._draw_fault(generator)
        reply = self._script(prompt, generator)
        completion = reply if isinstance(reply, Completion) else _completed(prompt, reply)
        return completion if fault is None else _spoil(completion, fault)

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        """Weights by lot, or nearly all of them on the label that the script replies with, or as it replies."""
        generator = np.random.default_rng(int(prompt.digest[:16], 16))
        fault = self._draw_fault(generator)
        weights = generator.dirichlet(np.ones(len(labels)))
        reply = self._script(prompt, generator)
        if isinstance(reply, str) and reply in labels:
            weights = (weights + 30 * (np.array(labels) == reply)) / 31
        if isinstance(reply, Completion):
            completion = reply
        else:
            text = labels[int(weights.argmax())]
            shares = tuple(float(SCRIPTED_MASS * weight) for weight in weights)
            completion = replace(_completed(prompt, text), weights=shares)
        return completion if fault is None else _spoil(completion, fault)

    async def close(self) -> None:
        pass

    def _draw_fault(self, generator: np.random.Generator) -> str | None:
        draw = generator.random()
        for name, share in self._faults.items():
            if draw < share:
                return name
            draw -= share
        return None


def _script_from_table(table: Mapping[str, str]) -> Script:
    def reply(prompt: Prompt, generator: np.random.Generator) -> str:
        for piece, text in table.items():
            if piece in prompt.messages[-1].text:
                return text
        return json.dumps(_draw_from_schema(prompt.schema or {}, generator), ensure_ascii=False)

    return reply


def _draw_from_schema(schema: Mapping[str, Any], generator: np.random.Generator) -> Any:
    """A value that follows the schema, for the kinds of schema that judges ask for."""
    if "enum" in schema:
        return schema["enum"][int(generator.integers(len(schema["enum"])))]
    if schema.get("type") == "object":
        return {name: _draw_from_schema(part, generator) for name, part in schema["properties"].items()}
    return "drawn by lot"


def _completed(prompt: Prompt, text: str) -> Completion:
    # A word stands in for a token, so that sums over a run can be checked by hand.
    n_prompt = sum(len(message.text.split()) for message in prompt.messages)
    return Completion(
        text, FinishReason.STOP, Usage(prompt_tokens=n_prompt, cached_tokens=0, completion_tokens=len(text.split()))
    )


def _spoil(completion: Completion, fault: str) -> Completion:
    texts = {
        "garbage": "lorem {ipsum: dolor",
        "truncated": completion.text[: len(completion.text) // 2],
        "refused": "I cannot help with that.",
        "failed": "",
    }
    return Completion(
        texts[fault],
        FAULTS[fault],
        replace(completion.usage, completion_tokens=len(texts[fault].split())),
        error="scripted failure" if fault == "failed" else "",
    )
