"""One server: what is sent, and what becomes of each answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from models_llm.engines import FinishReason, Message, Prompt, Sampling, build_engine
from models_llm.errors import EngineError
from tests.models_llm.engines.asking import complete_all
from tests.models_llm.engines.openai_http.conftest import KEY, MakeEngine
from tests.models_llm.engines.served import Answer, chat, chat_reply, cut, cut_at_once, refusal, served

PROMPT = Prompt((Message("system", "rubric"), Message("user", "item")), schema={"type": "object"})


def test_a_request_says_what_the_version_froze_and_the_reply_is_read_whole(engine_of: MakeEngine) -> None:
    sampling = Sampling(temperature=0.3, top_p=0.9, max_tokens=5, seed=11)
    with served(chat("hello")) as server:
        (completion,) = complete_all(engine_of(server), [PROMPT], sampling)
    assert (completion.text, completion.finish_reason) == ("hello", FinishReason.STOP)
    usage = completion.usage
    assert (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens, usage.cost) == (7, 4, 2, None)
    assert usage.engine_s > 0
    assert server.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    assert server.asked == [
        {
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
    ]


def test_images_go_before_the_text(engine_of: MakeEngine) -> None:
    prompt = Prompt((Message("user", "look", ("data:image/png;base64,AA", "data:image/jpeg;base64,BB")),))
    with served() as server:
        complete_all(engine_of(server), [prompt], Sampling())
    assert server.asked[0]["messages"][0]["content"] == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,BB"}},
        {"type": "text", "text": "look"},
    ]


def test_the_schema_is_not_sent_where_the_version_says_so(engine_of: MakeEngine) -> None:
    with served() as server:
        complete_all(engine_of(server, json_schema=False), [PROMPT], Sampling())
    assert "response_format" not in server.asked[0]


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_the_url_may_be_the_server_or_its_v1(engine_of: MakeEngine, end: str) -> None:
    with served() as server:
        (completion,) = complete_all(engine_of(server.url + end), [PROMPT], Sampling())
    assert completion.text == "ok"


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
def test_how_a_reply_ended_is_kept(
    engine_of: MakeEngine, reply: dict[str, Any], finish_reason: FinishReason, text: str
) -> None:
    with served(web.json_response(reply)) as server:
        (completion,) = complete_all(engine_of(server), [PROMPT], Sampling())
    assert (completion.finish_reason, completion.text) == (finish_reason, text)


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        ({"prompt": 1.0, "cached": 0.25, "completion": 8.0}, (3 * 1.0 + 4 * 0.25 + 2 * 8.0) / 1e6),
        ({"prompt": 1.0}, 7 / 1e6),
        ({}, None),
    ],
)
def test_a_reply_costs_by_the_price_list(engine_of: MakeEngine, prices: dict[str, float], cost: float | None) -> None:
    with served() as server:
        (completion,) = complete_all(engine_of(server, prices=prices), [PROMPT], Sampling())
    assert completion.usage.cost == (None if cost is None else pytest.approx(cost))


@pytest.mark.parametrize(
    "fault",
    [
        refusal(408),
        refusal(409),
        refusal(425),
        refusal(429),
        refusal(500),
        refusal(503, text="loading"),
        refusal(503, retry_after="0"),
        cut,
        cut_at_once,
        web.Response(text="<html>not json</html>"),
        web.Response(body=b"\xff\x00"),
        web.json_response({"choices": []}),
        web.json_response([1]),
        web.json_response({"choices": [{"message": {"content": ["parts"]}}]}),
    ],
)
def test_a_passing_fault_is_retried(engine_of: MakeEngine, fault: Answer) -> None:
    with served(fault, fault, chat("at last")) as server:
        (completion,) = complete_all(engine_of(server), [PROMPT], Sampling())
    assert (completion.text, completion.finish_reason) == ("at last", FinishReason.STOP)
    assert len(server.asked) == 3


def test_a_fault_that_stays_becomes_a_failed_completion_beside_good_ones(engine_of: MakeEngine) -> None:
    async def by_item(request: web.BaseRequest) -> web.StreamResponse:
        text = (await request.json())["messages"][0]["content"]
        return refusal(500, text="boom") if text == "3" else chat(text)

    prompts = [Prompt((Message("user", str(number)),)) for number in range(8)]
    with served(by_item) as server:
        completions = complete_all(engine_of(server, max_attempts=3), prompts, Sampling())
    assert [completion.text for completion in completions] == ["0", "1", "2", "", "4", "5", "6", "7"]
    assert completions[3].finish_reason is FinishReason.FAILED
    assert completions[3].error == "the server answered 500: boom (attempt 3 of 3)"
    assert len(server.asked) == 7 + 3


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_fault_of_ours_is_not_retried(engine_of: MakeEngine, status: int) -> None:
    with served(refusal(status, text="prompt too long")) as server:
        (completion,) = complete_all(engine_of(server), [PROMPT], Sampling())
    assert completion.error == f"the server answered {status}: prompt too long (attempt 1 of 5)"
    assert len(server.asked) == 1


def test_a_redirect_is_not_followed(engine_of: MakeEngine) -> None:
    with served() as elsewhere:
        away = web.Response(status=307, headers={"Location": f"{elsewhere.url}/v1/chat/completions"})
        with served(away) as server:
            (completion,) = complete_all(engine_of(server), [PROMPT], Sampling())
    assert completion.finish_reason is FinishReason.FAILED
    assert elsewhere.asked == []


def test_an_answer_without_end_is_cut_off(engine_of: MakeEngine) -> None:
    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * (1 << 20))

    with served(endless) as server:
        (completion,) = complete_all(engine_of(server, max_attempts=1), [PROMPT], Sampling())
    assert "the answer is longer than 16777216 bytes" in completion.error


def test_a_prompt_that_is_no_utf8_fails_alone(engine_of: MakeEngine) -> None:
    with served() as server:
        odd = Prompt((Message("user", "\ud800"),))
        (bad, good) = complete_all(engine_of(server), [odd, PROMPT], Sampling())
    assert bad.finish_reason is FinishReason.FAILED
    assert good.finish_reason is FinishReason.STOP


def test_the_key_is_in_no_error_and_no_log(engine_of: MakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    garbled = web.json_response({"choices": [], "said": "x" * 297 + KEY})  # the key is where the text is cut
    broken = refusal(500, text=f"who is {KEY}?")
    with served(garbled, broken, broken, refusal(401, text=f"bad key {KEY}")) as server:
        engine = engine_of(server, breaker_failures=1)
        failed = complete_all(engine, [PROMPT] * 2, Sampling())
    assert all("[key]" in completion.error for completion in failed)
    said = [json.dumps([completion.error for completion in failed]), repr(engine), repr(vars(engine))]
    assert not any(KEY in text for text in (*said, *capsys.readouterr()))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "a url, or urls"),
        ({"url": "http://a", "urls": ["http://b"]}, "a url, or urls"),
        ({"urls": "http://a"}, "expected a list of texts"),
        ({"urls": ["http://a", 1]}, "expected a list of texts"),
        ({"urls": ["http://a", "http://a/v1"]}, "stands there twice"),
        ({"url": "judge.test"}, "starts with http"),
        ({"url": "file:///etc/passwd"}, "starts with http"),
        ({"url": "http://"}, "starts with http"),
        ({"url": "http://a:99999"}, "starts with http"),
        ({"url": "http://a?key=1"}, "JUDGE_API_KEY"),
        ({"url": "http://a", "least_concurrency": 0}, "least_concurrency"),
        ({"url": "http://a", "least_concurrency": 9, "most_concurrency": 8}, "least_concurrency"),
        ({"url": "http://a", "most_concurrency": "8"}, "expected int, got '8'"),
        ({"url": "http://a", "deadline_s": 0}, "deadline_s of a served model is above 0"),
        ({"url": "http://a", "backoff_s": -1}, "backoff_s of a served model is not below 0"),
        ({"url": "http://a", "prices": {"prompt": "1"}}, "prices"),
        ({"url": "http://a", "prices": {"tokens": 1}}, "prices"),
        ({"url": "http://a", "api_key": "x"}, "has no setting api_key"),
    ],
)
def test_a_setting_that_is_not_valid_is_named(config: dict[str, Any], said: str) -> None:
    with pytest.raises(EngineError, match=said):
        build_engine("openai_http", model="m", config=config)


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(EngineError) as refused:
        build_engine("openai_http", model="m", config={"url": "http://me:hunter2@host/v1"})
    assert "hunter2" not in str(refused.value)
