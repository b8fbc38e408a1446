"""What every engine takes and gives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, Protocol, TypeVar

import orjson


class FinishReason(StrEnum):
    """Why a completion ended. After any but STOP its text is not an answer."""

    STOP = "stop"
    LENGTH = "length"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Message:
    """One turn. `images` are data URIs, shown to the model before the text by engines that can."""

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """Messages for one completion, and the JSON schema that its text is asked to follow, if any.

    The schema is a wish: an engine may pass it to its server, and whoever reads the reply checks it anyway.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = field(default=None, compare=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over roles, texts and images: equal digests mean the model was asked the very same thing."""
        parts = [[message.role, message.text, *message.images] for message in self.messages]
        try:
            written = orjson.dumps(parts)  # the same bytes in a tenth of the time: every verdict rests on a digest
        except orjson.JSONEncodeError:  # it refuses lone surrogates
            written = json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return hashlib.sha256(written).hexdigest()


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. At temperature 0 the likeliest token is taken."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    seed: int = 0


@dataclass(frozen=True)
class Usage:
    """What one or more calls used. A count is None where the engine does not say it.

    Attributes:
        cached_tokens: prompt tokens that the engine took from its prefix cache.
        queue_s: seconds between the call and the engine's beginning on it.
        engine_s: seconds from then to the end.
        gpu_s: share of an accelerator's time, in seconds; 0 where there is none, or it is not ours.
        cost: in the currency of the endpoint's price list; None without a price.
    """

    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    queue_s: float = 0.0
    engine_s: float = 0.0
    gpu_s: float = 0.0
    cost: float | None = None

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=_sum(self.prompt_tokens, other.prompt_tokens),
            cached_tokens=_sum(self.cached_tokens, other.cached_tokens),
            completion_tokens=_sum(self.completion_tokens, other.completion_tokens),
            queue_s=self.queue_s + other.queue_s,
            engine_s=self.engine_s + other.engine_s,
            gpu_s=self.gpu_s + other.gpu_s,
            cost=_sum(self.cost, other.cost),
        )


N = TypeVar("N", int, float)


def _sum(one: N | None, other: N | None) -> N | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other


@dataclass(frozen=True)
class Completion:
    """One reply.

    Attributes:
        weights: the probability, among all tokens, of each label that was asked for; they sum to the label mass,
            which is below 1. None unless labels were asked for.
        error: why it failed; empty unless `finish_reason` is FAILED.
        endpoint: which of an engine's servers answered; empty where there is one.
    """

    text: str
    finish_reason: FinishReason
    usage: Usage = Usage()
    weights: tuple[float, ...] | None = None
    error: str = ""
    endpoint: str = ""


class Engine(Protocol):
    """Runs one model for all who ask at once; every method runs on the loop of `models_llm.engines.loop`.

    A call that fails gives a failed completion. Where there is nobody to ask, or who was asked ended over it, it raises
    UnansweredError, and nothing else is ever raised. A caller that is cancelled gives its place free.
    """

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        """The reply to one prompt."""
        ...

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        """The distribution of the next token over the labels, from one unconstrained token at temperature 1.

        Every label is one token where the prompt ends, and none is the beginning of another; a completion that
        fails says so where one is not. The text is the token that the engine drew or holds likeliest, if it says.
        """
        ...

    async def close(self) -> None:
        """Give back connections and memory."""
        ...
