"""Any server that speaks OpenAI's chat completions: vLLM, SGLang, Ollama, hosted ones."""

from __future__ import annotations

import asyncio
import email.utils
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from models_llm.engines.protocol import Completion, FinishReason, Prompt, Sampling, Usage
from models_llm.engines.settings import read_settings
from models_llm.errors import EngineError

LONGEST_WAIT_S: Final = 60.0
_RETRIED_STATUSES: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class OpenAIHTTPSettings:
    """Settings of a served model.

    `url` is the server's root or its `/v1`. `max_attempts` counts the first try. `json_schema` asks the
    server to hold the reply to the prompt's schema.
    """

    url: str
    concurrency: int = 16
    timeout_s: float = 120.0
    max_attempts: int = 5
    backoff_s: float = 0.5
    json_schema: bool = True


class OpenAIHTTPEngine:
    """Bounded concurrent requests over one connection pool, retried where a retry may help."""

    def __init__(
        self,
        settings: OpenAIHTTPSettings,
        *,
        model: str,
        api_key: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if not settings.url.startswith(("http://", "https://")):
            raise EngineError(f"the url of a served model starts with http:// or https://, got “{settings.url}”")
        if settings.concurrency < 1 or settings.max_attempts < 1:
            raise EngineError("concurrency and max_attempts of a served model are at least 1")
        self._settings = settings
        self._model = model
        self._api_key = api_key
        self._sleep = sleep
        self._places = asyncio.Semaphore(settings.concurrency)
        self._client = httpx.AsyncClient(
            base_url=_completions_root(settings.url),
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(settings.timeout_s, connect=min(10.0, settings.timeout_s)),
            limits=httpx.Limits(max_connections=settings.concurrency),
            transport=transport,
        )

    @classmethod
    def from_config(cls, *, model: str, config: Mapping[str, Any], api_key: str = "") -> OpenAIHTTPEngine:
        return cls(read_settings(OpenAIHTTPSettings, config, engine="openai_http"), model=model, api_key=api_key)

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        asked = time.monotonic()
        async with self._places:
            started = time.monotonic()
            completion = await self._complete(self._body(prompt, sampling))
        usage = replace(completion.usage, queue_s=started - asked, engine_s=time.monotonic() - started)
        return replace(completion, usage=usage)

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        raise NotImplementedError

    async def close(self) -> None:
        await self._client.aclose()

    async def _complete(self, body: dict[str, Any]) -> Completion:
        error = ""
        for attempt in range(1, self._settings.max_attempts + 1):
            answer = await self._ask(body)
            if isinstance(answer, Completion):
                return answer
            error = f"{self._redacted(answer.error)} (attempt {attempt} of {self._settings.max_attempts})"
            if not answer.retryable:
                break
            if attempt < self._settings.max_attempts:
                await self._sleep(self._wait_s(attempt, answer.retry_after_s))
        return Completion("", FinishReason.FAILED, error=error)

    async def _ask(self, body: dict[str, Any]) -> Completion | _Fault:
        try:
            response = await self._client.post("chat/completions", json=body)
        except httpx.HTTPError as err:
            return _Fault(f"no answer from the server: {type(err).__name__}: {err}", retryable=True)
        except ValueError as err:  # lone surrogates cannot be sent as UTF-8
            return _Fault(f"the prompt cannot be sent: {err}", retryable=False)
        if response.status_code != httpx.codes.OK:
            return _Fault(
                f"the server answered {response.status_code}: {response.text[:300]}",
                retryable=response.status_code in _RETRIED_STATUSES,
                retry_after_s=_retry_after_s(response.headers.get("Retry-After", "")),
            )
        try:
            return _read_reply(response.json())
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as err:
            return _Fault(
                f"expected a chat completion, got {response.text[:300]!r} ({type(err).__name__}: {err})",
                retryable=True,
            )

    def _body(self, prompt: Prompt, sampling: Sampling) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.text} for message in prompt.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "seed": sampling.seed,
        }
        if prompt.schema is not None and self._settings.json_schema:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "verdict", "strict": True, "schema": dict(prompt.schema)},
            }
        return body

    def _wait_s(self, attempt: int, retry_after_s: float | None) -> float:
        """Seconds until the next attempt: what the server asked for, or a doubling wait; jittered up to half
        as much again, so that many workers do not come back at once."""
        wait = self._settings.backoff_s * 2 ** (attempt - 1) if retry_after_s is None else retry_after_s
        return min(wait, LONGEST_WAIT_S) * (1 + random.random() / 2)  # noqa: S311

    def _redacted(self, text: str) -> str:
        return text.replace(self._api_key, "[key]") if self._api_key else text


@dataclass(frozen=True)
class _Fault:
    error: str
    retryable: bool
    retry_after_s: float | None = None


def _completions_root(url: str) -> str:
    root = url.rstrip("/").removesuffix("/chat/completions")
    return f"{root}/" if root.endswith("/v1") else f"{root}/v1/"


def _read_reply(reply: Any) -> Completion:
    choice = reply["choices"][0]
    message = choice["message"]
    refusal = message.get("refusal") or ""
    usage = reply.get("usage") or {}
    text = message.get("content") or ""
    if not isinstance(text, str) or not isinstance(refusal, str):
        raise TypeError("the message's content is not text")
    return Completion(
        text=refusal or text,
        finish_reason=_finish_reason(choice.get("finish_reason"), refusal),
        usage=Usage(
            prompt_tokens=_count(usage.get("prompt_tokens")),
            completion_tokens=_count(usage.get("completion_tokens")),
        ),
    )


def _finish_reason(said: str | None, refusal: str) -> FinishReason:
    if refusal or said == "content_filter":
        return FinishReason.REFUSED
    return FinishReason.LENGTH if said == "length" else FinishReason.STOP


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _retry_after_s(header: str) -> float | None:
    """Seconds named by a Retry-After header, which holds a number or a date; None without a readable one."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
