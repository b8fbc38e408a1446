"""Requests and replies as JSON, in the words of OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import orjson

from models_llm.engines.openai_http.faults import ReplyError
from models_llm.engines.protocol import FinishReason, Message, Prompt, Sampling

T = TypeVar("T")

CHAT: Final = "/v1/chat/completions"


@dataclass(frozen=True)
class Reply:
    """A chat completion. Counts are None where it does not say them.

    Attributes:
        logprobs: what it says of the first token drawn, unread; None where it says nothing.
    """

    text: str
    finish_reason: FinishReason
    prompt_tokens: int | None
    cached_tokens: int | None
    completion_tokens: int | None
    logprobs: Any = None

    def cost(self, prices: Mapping[str, float]) -> float | None:
        """What it costs, by prices of a million tokens; None without prices. Unsaid counts cost nothing."""
        if not prices:
            return None
        prompt_tokens = self.prompt_tokens or 0
        cached_tokens = min(self.cached_tokens or 0, prompt_tokens)
        per_prompt = prices.get("prompt", 0.0)
        millionths = (
            (prompt_tokens - cached_tokens) * per_prompt
            + cached_tokens * prices.get("cached", per_prompt)
            + (self.completion_tokens or 0) * prices.get("completion", 0.0)
        )
        return millionths / 1e6


def completion_body(model: str, prompt: Prompt, sampling: Sampling, *, json_schema: bool) -> bytes:
    """A request for a completion. Raises: orjson.JSONEncodeError, if a text cannot be sent as UTF-8."""
    body: dict[str, Any] = {
        "model": model,
        "messages": messages(prompt),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
    }
    if prompt.schema is not None and json_schema:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "verdict", "strict": True, "schema": dict(prompt.schema)},
        }
    return orjson.dumps(body)


def messages(prompt: Prompt) -> list[dict[str, Any]]:
    return [{"role": message.role, "content": _content(message)} for message in prompt.messages]


def reader(read: Callable[[Any], T], expected: str) -> Callable[[bytes], T]:
    """Reads an answer's JSON; raises ReplyError, which names what was expected, where `read` trips over it."""

    def read_bytes(content: bytes) -> T:
        try:
            return read(orjson.loads(content))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as err:
            raise ReplyError(f"expected {expected} ({type(err).__name__}: {err})") from err

    return read_bytes


def read_reply(reply: Any) -> Reply:
    choice = reply["choices"][0]
    message = choice["message"]
    refusal = message.get("refusal") or ""
    text = message.get("content") or ""
    if not isinstance(text, str) or not isinstance(refusal, str):
        raise TypeError("the message's content is not text")
    usage = reply.get("usage") or {}
    # vLLM says how much came from its cache where it was started with --enable-prompt-tokens-details.
    details = usage.get("prompt_tokens_details") or {}
    logprobs = (choice.get("logprobs") or {}).get("content") or [None]
    return Reply(
        text=refusal or text,
        finish_reason=_finish_reason(choice.get("finish_reason"), refusal),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        cached_tokens=_count(details.get("cached_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        logprobs=logprobs[0],
    )


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not message.images:
        return message.text
    shown = [{"type": "image_url", "image_url": {"url": uri}} for uri in message.images]
    return [*shown, {"type": "text", "text": message.text}]


def _finish_reason(said: str | None, refusal: str) -> FinishReason:
    if refusal or said == "content_filter":
        return FinishReason.REFUSED
    return FinishReason.LENGTH if said == "length" else FinishReason.STOP


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
