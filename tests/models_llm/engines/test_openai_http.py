from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from models_llm.engines import FinishReason, Message, OpenAIHTTPEngine, Prompt, Sampling, build_engine
from models_llm.engines.openai_http import LONGEST_WAIT_S, OpenAIHTTPSettings
from models_llm.errors import EngineError
from tests.models_llm.engines.asking import complete_all

KEY = "sk-very-secret"
PROMPT = Prompt((Message("system", "rubric"), Message("user", "item")), schema={"type": "object"})


def chat_reply(text: str | None = "ok", **message: Any) -> dict[str, Any]:
    finish_reason = message.pop("finish_reason", "stop")
    return {
        "choices": [{"finish_reason": finish_reason, "message": {"content": text, **message}}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2},
    }


class Server:
    """Answers each request with the next of the given responses, then with the last for ever."""

    def __init__(self, *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
            self.requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    async def _sleep(self, wait_s: float) -> None:
        self.waits.append(wait_s)

    def engine(self, **settings: Any) -> OpenAIHTTPEngine:
        return OpenAIHTTPEngine(
            OpenAIHTTPSettings(**({"url": "http://judge.test"} | settings)),
            model="judge-1",
            api_key=KEY,
            transport=httpx.MockTransport(self),
            sleep=self._sleep,
        )


def ok(**reply: Any) -> httpx.Response:
    return httpx.Response(200, json=chat_reply(**reply))


def test_a_request_says_what_the_version_froze_and_the_reply_is_read_whole() -> None:
    server = Server(ok(text="hello"))
    (completion,) = complete_all(server.engine(), [PROMPT], Sampling(temperature=0.3, top_p=0.9, max_tokens=5, seed=11))
    assert (completion.text, completion.finish_reason) == ("hello", FinishReason.STOP)
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (7, 2)
    (request,) = server.requests
    assert str(request.url) == "http://judge.test/v1/chat/completions"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert json.loads(request.content) == {
        "model": "judge-1",
        "messages": [{"role": "system", "content": "rubric"}, {"role": "user", "content": "item"}],
        "temperature": 0.3,
        "top_p": 0.9,
        "max_tokens": 5,
        "seed": 11,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "verdict", "strict": True, "schema": {"type": "object"}},
        },
    }


def test_the_schema_is_not_sent_where_the_version_says_so() -> None:
    server = Server(ok())
    complete_all(server.engine(json_schema=False), [PROMPT], Sampling())
    assert "response_format" not in json.loads(server.requests[0].content)


@pytest.mark.parametrize(
    "url", ["http://a.test", "http://a.test/", "http://a.test/v1", "http://a.test/v1/chat/completions"]
)
def test_the_url_may_be_the_server_or_its_v1(url: str) -> None:
    server = Server(ok())
    complete_all(server.engine(url=url), [PROMPT], Sampling())
    assert str(server.requests[0].url) == "http://a.test/v1/chat/completions"


@pytest.mark.parametrize(
    ("reply", "finish_reason", "text"),
    [
        (chat_reply("half", finish_reason="length"), FinishReason.LENGTH, "half"),
        (chat_reply("", finish_reason="content_filter"), FinishReason.REFUSED, ""),
        (chat_reply(None, refusal="I will not."), FinishReason.REFUSED, "I will not."),
        (chat_reply(None), FinishReason.STOP, ""),
        ({"choices": [{"message": {"content": "no usage"}}]}, FinishReason.STOP, "no usage"),
    ],
)
def test_how_a_reply_ended_is_kept(reply: dict[str, Any], finish_reason: FinishReason, text: str) -> None:
    (completion,) = complete_all(Server(httpx.Response(200, json=reply)).engine(), [PROMPT], Sampling())
    assert (completion.finish_reason, completion.text) == (finish_reason, text)


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(503, text="loading"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("closed"),
        httpx.Response(200, text="<html>not json</html>"),
        httpx.Response(200, json={"choices": []}),
        httpx.Response(200, json=[1]),
        httpx.Response(200, json={"choices": [{"message": {"content": ["parts"]}}]}),
    ],
)
def test_a_passing_fault_is_retried(fault: httpx.Response | Exception) -> None:
    server = Server(fault, fault, ok(text="at last"))
    (completion,) = complete_all(server.engine(), [PROMPT], Sampling())
    assert (completion.text, completion.finish_reason) == ("at last", FinishReason.STOP)
    assert len(server.requests) == 3


def test_waits_double_with_jitter_and_follow_retry_after() -> None:
    wait_asked = httpx.Response(429, headers={"Retry-After": "7"})
    endless = httpx.Response(503, headers={"Retry-After": "86400"})
    server = Server(httpx.Response(500), httpx.Response(500), wait_asked, endless, ok())
    complete_all(server.engine(backoff_s=1.0), [PROMPT], Sampling())
    lows = [1.0, 2.0, 7.0, LONGEST_WAIT_S]
    assert len(server.waits) == 4
    assert all(low <= wait <= 1.5 * low for low, wait in zip(lows, server.waits, strict=True))


def test_a_fault_that_stays_becomes_a_failed_completion_beside_good_ones() -> None:
    def by_item(request: httpx.Request) -> httpx.Response:
        text = json.loads(request.content)["messages"][0]["content"]
        return httpx.Response(500, text="boom") if text == "3" else ok(text=text)

    server = Server(by_item)
    prompts = [Prompt((Message("user", str(number)),)) for number in range(8)]
    completions = complete_all(server.engine(max_attempts=3), prompts, Sampling())
    assert [completion.text for completion in completions] == ["0", "1", "2", "", "4", "5", "6", "7"]
    assert completions[3].finish_reason is FinishReason.FAILED
    assert completions[3].error == "the server answered 500: boom (attempt 3 of 3)"
    assert len(server.requests) == 7 + 3


def test_a_fault_of_ours_is_not_retried() -> None:
    server = Server(httpx.Response(400, text="prompt too long"))
    (completion,) = complete_all(server.engine(), [PROMPT], Sampling())
    assert completion.error == "the server answered 400: prompt too long (attempt 1 of 5)"
    assert len(server.requests) == 1


def test_a_prompt_that_is_no_utf8_fails_alone() -> None:
    (bad, good) = complete_all(Server(ok()).engine(), [Prompt((Message("user", "\ud800"),)), PROMPT], Sampling())
    assert bad.finish_reason is FinishReason.FAILED
    assert good.finish_reason is FinishReason.STOP


def test_the_key_is_in_no_error() -> None:
    server = Server(httpx.Response(401, text=f"bad key {KEY}"))
    (completion,) = complete_all(server.engine(), [PROMPT], Sampling())
    assert KEY not in completion.error
    assert "[key]" in completion.error


def test_no_more_requests_are_open_than_allowed() -> None:
    open_now, most, three_open = 0, 0, asyncio.Event()

    async def count(request: httpx.Request) -> httpx.Response:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        if open_now == 3:
            three_open.set()
        await asyncio.wait_for(three_open.wait(), 10)
        open_now -= 1
        return ok()

    settings = OpenAIHTTPSettings(url="http://judge.test", concurrency=3)
    engine = OpenAIHTTPEngine(settings, model="judge-1", transport=httpx.MockTransport(count))
    complete_all(engine, [PROMPT] * 12, Sampling())
    assert most == 3


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "lacks a setting"),
        ({"url": "judge.test"}, "starts with http"),
        ({"url": "http://a", "concurrency": 0}, "at least 1"),
        ({"url": "http://a", "concurrency": "8"}, "expected int, got '8'"),
        ({"url": "http://a", "api_key": "x"}, "has no setting api_key"),
    ],
)
def test_a_setting_that_is_not_valid_is_named(config: dict[str, Any], said: str) -> None:
    with pytest.raises(EngineError, match=said):
        build_engine("openai_http", model="m", config=config)
