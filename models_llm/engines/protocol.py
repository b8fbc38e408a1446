"""What every engine takes and gives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, Protocol


class FinishReason(StrEnum):
    """Why a completion ended. After any but STOP its text is not an answer."""

    STOP = "stop"
    LENGTH = "length"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Message:
    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True)
class Prompt:
    """Messages for one completion, and the JSON schema that its text is asked to follow, if any.

    The schema is a wish: an engine may pass it to its server, and whoever reads the reply checks it anyway.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = field(default=None, compare=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over roles and texts: equal digests mean the model was asked the very same thing."""
        parts = [[message.role, message.text] for message in self.messages]
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. At temperature 0 the likeliest token is taken."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    seed: int = 0


@dataclass(frozen=True)
class Completion:
    """One reply. Token counts are None where the engine does not say them; `error` says why it failed."""

    text: str
    finish_reason: FinishReason
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_ms: int = 0
    error: str = ""


class Engine(Protocol):
    """Runs one model."""

    def complete(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Completion]:
        """One completion for each prompt, in order; a prompt that fails has a failed completion."""
        ...

    def close(self) -> None:
        """Give back connections and memory."""
        ...
