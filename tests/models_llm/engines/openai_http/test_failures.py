"""Servers that fail in every way, and requests that are answered all the same."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections import Counter
from collections.abc import Callable

import pytest
from aiohttp import web

from judge_platform.bench.stub import stub_process
from models_llm.engines import (
    Completion,
    FinishReason,
    Message,
    OpenAIHTTPEngine,
    Prompt,
    Sampling,
    in_flow,
    loop,
)
from models_llm.errors import OutageError
from tests.models_llm.engines.asking import complete_all
from tests.models_llm.engines.openai_http.conftest import MakeEngine
from tests.models_llm.engines.served import Answer, chat, cut, hang, refusal, served

DEADLINE_S = 60


def prompts(n: int) -> list[Prompt]:
    return [Prompt((Message("user", f"item {number}"),)) for number in range(n)]


def reasons(completions: list[Completion]) -> Counter[FinishReason]:
    return Counter(completion.finish_reason for completion in completions)


def wait_until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not fact():
        assert time.monotonic() < deadline
        loop.run(asyncio.sleep(0.001))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("retry_after", ["0", "Thu, 01 Jan 2015 00:00:00 GMT", ""])
def test_a_storm_of_refusals_loses_nothing(engine_of: MakeEngine, retry_after: str) -> None:
    # More refusals for each request than it has attempts; without Retry-After each pause is twice the last.
    n_refused = 300 if retry_after else 8
    storm: list[Answer] = [refusal(429, retry_after=retry_after)] * n_refused
    with served(*storm, chat()) as server:
        completions = complete_all(engine_of(server, max_attempts=2, least_concurrency=1), prompts(40), Sampling())
    assert reasons(completions) == {FinishReason.STOP: 40}
    assert len(server.asked) == n_refused + 40


def test_a_storm_longer_than_the_deadline_is_a_failure_that_says_so(engine_of: MakeEngine) -> None:
    with served(refusal(429, text="slow down", retry_after="30")) as server:
        (completion,) = complete_all(engine_of(server, deadline_s=0.05), prompts(1), Sampling())
    assert completion.finish_reason is FinishReason.FAILED
    assert completion.error.startswith("the server answered 429: slow down; its deadline is over")


def test_another_server_takes_over_what_hangs(engine_of: MakeEngine) -> None:
    with served(hang) as hanging, served(chat("well")) as well:
        engine = engine_of(hanging, well, timeout_s=0.2)
        completions = complete_all(engine, prompts(40), Sampling())
        assert [completion.text for completion in completions] == ["well"] * 40
        assert {completion.endpoint for completion in completions} == {well.url.removeprefix("http://")}
        assert len(hanging.asked) > 0


def test_a_hanging_server_alone_fails_by_its_deadline(engine_of: MakeEngine) -> None:
    with served(hang) as hanging:
        (completion,) = complete_all(engine_of(hanging, timeout_s=60, deadline_s=0.1), prompts(1), Sampling())
    assert completion.finish_reason is FinishReason.FAILED
    assert "no answer from the server within" in completion.error


@pytest.mark.parametrize("fault", [cut, web.Response(text="lorem {ipsum"), refusal(500), refusal(502), refusal(503)])
def test_another_server_takes_over_from_a_broken_one(engine_of: MakeEngine, fault: Answer) -> None:
    with served(fault) as broken, served() as well:
        completions = complete_all(engine_of(broken, well, max_attempts=2), prompts(100), Sampling())
        n_broken = len(broken.asked)
    assert reasons(completions) == {FinishReason.STOP: 100}
    assert 0 < n_broken < 40  # the first 16 at once, and few until it is left alone


def test_a_server_that_is_not_there_leaves_the_work_to_the_other(engine_of: MakeEngine) -> None:
    with served() as well:
        completions = complete_all(engine_of(f"http://127.0.0.1:{free_port()}", well), prompts(100), Sampling())
    assert reasons(completions) == {FinishReason.STOP: 100}


OUTAGE = r"no server has taken requests for 0\.3 s \(127\.0\.0\.1:\d+: "


def ends_of_all(engine: OpenAIHTTPEngine, n: int) -> list[Completion | BaseException]:
    async def ask() -> list[Completion | BaseException]:
        asked = (engine.complete(prompt, Sampling()) for prompt in prompts(n))
        return await asyncio.gather(*asked, return_exceptions=True)

    return loop.run(ask())


def test_without_any_server_no_request_fails_and_all_say_that_nobody_is_there(engine_of: MakeEngine) -> None:
    # One attempt each: what nobody has seen is none.
    engine = engine_of(f"http://127.0.0.1:{free_port()}", outage_s=0.3, breaker_failures=2, max_attempts=1)
    for _ in range(2):  # the second time at once: nobody has come back
        ends = ends_of_all(engine, 50)
        assert {type(end) for end in ends} == {OutageError}
        assert re.match(OUTAGE + "no answer from the server: ClientConnectorError", str(ends[0]))


@pytest.mark.parametrize("retry_after", ["0", "30", ""])
@pytest.mark.parametrize("status", [429, 503])
def test_refusals_without_end_are_an_outage(engine_of: MakeEngine, status: int, retry_after: str) -> None:
    with served(refusal(status, retry_after=retry_after)) as server:
        ends = ends_of_all(engine_of(server, outage_s=0.3, breaker_failures=2, max_attempts=1), 20)
    assert {type(end) for end in ends} == {OutageError}
    assert re.match(OUTAGE + f"the server answered {status}", str(ends[0]))


def test_refusals_beside_answers_are_none(engine_of: MakeEngine) -> None:
    """A server that takes some of the requests is there, however long it refuses the others."""
    n_asked = 0

    async def one_in_four(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal n_asked
        n_asked += 1
        return refusal(429, retry_after="0.02") if n_asked % 4 else chat()

    with served(one_in_four) as server:
        engine = engine_of(server, outage_s=0.3, least_concurrency=1, most_concurrency=1)
        completions = complete_all(engine, prompts(20), Sampling())  # 60 pauses of 0.02 s at least
    assert reasons(completions) == {FinishReason.STOP: 20}


def test_requests_wait_for_a_server_that_comes_up_later(engine_of: MakeEngine) -> None:
    port = free_port()
    engine = engine_of(f"http://127.0.0.1:{port}", breaker_failures=2)

    async def ask() -> list[Completion]:
        return await asyncio.gather(*(engine.complete(prompt, Sampling()) for prompt in prompts(30)))

    asked = loop.submit(ask())
    [endpoint] = engine._requests._pool.endpoints
    wait_until(lambda: endpoint.breaker.is_open)
    with served(port=port) as late:
        completions = asked.result(DEADLINE_S)
    assert reasons(completions) == {FinishReason.STOP: 30}
    assert len(late.asked) == 30


def test_a_server_whose_health_says_503_gets_nothing_new_until_it_says_otherwise(engine_of: MakeEngine) -> None:
    def answers_of(n: int) -> set[str]:
        return {completion.text for completion in complete_all(engine, prompts(n), Sampling())}

    with served(chat("a")) as first, served(chat("b")) as second:
        first.health = second.health = 200
        engine = engine_of(first, second, health_s=0.001)
        assert answers_of(30) == {"a", "b"}
        first.health = 503
        wait_until(lambda: answers_of(30) == {"b"})
        n_before = len(first.asked)
        answers_of(30)
        assert len(first.asked) == n_before
        first.health = 200
        wait_until(lambda: answers_of(30) == {"a", "b"})


def test_items_that_the_server_trips_over_do_not_keep_the_others_waiting(engine_of: MakeEngine) -> None:
    async def trip(request: web.BaseRequest) -> web.StreamResponse:
        text = (await request.json())["messages"][0]["content"]
        return refusal(500) if int(text.removeprefix("item ")) % 10 == 0 else chat()

    with served(trip) as server:
        server.health = 200
        engine = engine_of(server, health_s=0.001, breaker_failures=2, max_attempts=3)
        completions = complete_all(engine, prompts(100), Sampling())
    assert reasons(completions) == {FinishReason.STOP: 90, FinishReason.FAILED: 10}
    assert {completion.error for completion in completions[::10]} == {"the server answered 500:  (attempt 3 of 3)"}


def test_a_server_without_health_is_not_taken_for_ill(engine_of: MakeEngine) -> None:
    with served() as server:
        completions = complete_all(engine_of(server, health_s=0.001, breaker_failures=1), prompts(200), Sampling())
    assert reasons(completions) == {FinishReason.STOP: 200}


def test_a_mixture_of_all_faults_loses_nothing(engine_of: MakeEngine) -> None:
    with stub_process(share_429=0.1, retry_after="0", share_500=0.1, share_garbage=0.05, share_reset=0.05) as stub:
        engine = engine_of(stub.url, max_attempts=30, breaker_failures=30)
        completions = complete_all(engine, prompts(500), Sampling())
        counts = stub.counts()
    assert reasons(completions) == {FinishReason.STOP: 500}
    assert len({completion.text for completion in completions}) == 500
    assert counts["answered"] == 500
    assert min(counts[fault] for fault in ("429", "500", "garbage", "reset")) >= 25


def test_no_more_requests_are_open_than_allowed(engine_of: MakeEngine) -> None:
    open_now, most, three_open = 0, 0, asyncio.Event()

    async def count(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        if open_now == 3:
            three_open.set()
        await asyncio.wait_for(three_open.wait(), DEADLINE_S)
        open_now -= 1
        return chat()

    with served(count) as server:
        engine = engine_of(server, least_concurrency=3, most_concurrency=3)
        complete_all(engine, prompts(12), Sampling())
    assert most == 3


def test_whoever_leaves_gives_the_place_free(engine_of: MakeEngine) -> None:
    with served(hang, chat("next")) as server:
        engine = engine_of(server, least_concurrency=1, most_concurrency=1)
        leaving, waiting = (loop.submit(engine.complete(prompt, Sampling())) for prompt in prompts(2))
        wait_until(lambda: len(server.asked) == 1)
        leaving.cancel()
        assert waiting.result(DEADLINE_S).text == "next"


def test_runs_that_share_an_engine_take_turns(engine_of: MakeEngine) -> None:
    first_may_end = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if len(server.asked) == 1:
            await first_may_end.wait()
        return chat()

    with served(answer) as server:
        engine = engine_of(server, least_concurrency=1, most_concurrency=1)
        asked = []
        for flow, n in (("run 1", 4), ("run 2", 2), ("playground", 1)):
            with in_flow(flow):
                asked += [
                    loop.submit(engine.complete(Prompt((Message("user", f"{flow}: {number}"),)), Sampling()))
                    for number in range(n)
                ]
        wait_until(lambda: len(server.asked) == 1)
        loop.run(asyncio.sleep(0.01))
        loop.run(_set(first_may_end))
        for one in asked:
            one.result(DEADLINE_S)
    assert [body["messages"][0]["content"] for body in server.asked] == [
        "run 1: 0", "run 1: 1", "run 2: 0", "playground: 0", "run 1: 2", "run 2: 1", "run 1: 3",
    ]  # fmt: skip


async def _set(event: asyncio.Event) -> None:
    event.set()
