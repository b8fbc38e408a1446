"""A model served by one or several servers that speak OpenAI's chat completions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from annotations.sentences import sentence as _
from models_llm.engines.openai_http.requests import Answered, Requests
from models_llm.engines.openai_http.settings import OpenAIHTTPSettings
from models_llm.engines.openai_http.weighing import Weighing
from models_llm.engines.openai_http.wire import CHAT, Reply, completion_body, read_reply, reader
from models_llm.engines.protocol import Completion, FinishReason, Prompt, Sampling, Usage
from models_llm.engines.settings import read_settings

_read_reply = reader(read_reply, "a chat completion")


class OpenAIHTTPEngine:
    """vLLM, SGLang, Ollama, hosted ones: a pool of servers, each asked as much as it can take.

    Prompts wait here, in flows that take turns, and not inside a server, which serves first who came first.
    """

    def __init__(
        self,
        settings: OpenAIHTTPSettings,
        *,
        model: str,
        api_key: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._model = model
        self._requests = Requests(settings, api_key=api_key.strip(), clock=clock)
        self._weighing = Weighing(self._requests, model=model, top_logprobs=settings.top_logprobs)

    @classmethod
    def from_config(cls, *, model: str, config: Mapping[str, Any], api_key: str = "") -> OpenAIHTTPEngine:
        return cls(read_settings(OpenAIHTTPSettings, config, engine="openai_http"), model=model, api_key=api_key)

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        try:
            body = completion_body(self._model, prompt, sampling, json_schema=self._settings.json_schema)
        except orjson.JSONEncodeError as err:  # lone surrogates cannot be sent as UTF-8
            return Completion("", FinishReason.FAILED, error=_("the prompt cannot be sent: %(fault)s", fault=err))
        answered = await self._requests.ask(CHAT, body, _read_reply)
        reply = answered.value
        if reply is None:
            return self._failed(answered.error, answered)
        return Completion(reply.text, reply.finish_reason, self._usage(answered), endpoint=self._endpoint_of(answered))

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        """The distribution as the protocol says it; `Weighing` says what it is worth on which server."""
        try:
            weighed = await self._weighing.weigh(prompt, labels)
        except orjson.JSONEncodeError as err:
            return Completion("", FinishReason.FAILED, error=_("the prompt cannot be sent: %(fault)s", fault=err))
        if weighed.answered is None or weighed.weights is None:
            return self._failed(weighed.error, weighed.answered)
        return Completion(
            weighed.text,
            FinishReason.STOP,
            self._usage(weighed.answered),
            weights=weighed.weights,
            endpoint=self._endpoint_of(weighed.answered),
        )

    async def close(self) -> None:
        await self._requests.close()

    def _usage(self, answered: Answered[Reply]) -> Usage:
        reply = answered.value
        if reply is None:
            return Usage(queue_s=answered.queue_s, engine_s=answered.engine_s)
        return Usage(
            prompt_tokens=reply.prompt_tokens,
            cached_tokens=reply.cached_tokens,
            completion_tokens=reply.completion_tokens,
            queue_s=answered.queue_s,
            engine_s=answered.engine_s,
            cost=reply.cost(self._settings.prices),
        )

    def _failed(self, error: str, answered: Answered[Reply] | None) -> Completion:
        if answered is None:
            return Completion("", FinishReason.FAILED, error=error)
        endpoint = self._endpoint_of(answered)
        return Completion("", FinishReason.FAILED, self._usage(answered), error=error, endpoint=endpoint)

    def _endpoint_of(self, answered: Answered[Reply]) -> str:
        return answered.endpoint if len(self._settings.servers) > 1 else ""
