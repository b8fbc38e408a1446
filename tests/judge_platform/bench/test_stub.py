"""The fake at the border behaves as it says: benches and failure tests stand on it."""

from __future__ import annotations

import http.client
import json
import math
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from annotations.choices import Outcome
from annotations.rubrics import load_rubric
from judge_platform.bench.stub import Stub, stub_process
from models_llm.parsing import parse_reply
from models_llm.prompting import reply_schema

MESSAGES = [{"role": "system", "content": "rubric " * 8}, {"role": "user", "content": "item"}]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_process() as running:
        yield running


def post(stub: Stub, path: str, content: Any) -> tuple[int, Any, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(urlsplit(stub.url).netloc, timeout=30)
    connection.request("POST", path, json.dumps(content))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer.headers


def ask(stub: Stub, **request: Any) -> Any:
    status, body, _ = post(stub, "/v1/chat/completions", {"model": "m", "messages": MESSAGES, **request})
    assert status == 200
    return json.loads(body)


def pointwise(schema: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema}}


def test_a_reply_rates_every_criterion_of_the_schema(stub: Stub) -> None:
    rubric = load_rubric("explanation_v2")
    asked = pointwise(reply_schema(rubric))
    replies = [
        ask(stub, messages=[{"role": "user", "content": f"item {number}"}], response_format=asked)
        for number in range(20)
    ]
    read = [parse_reply(reply["choices"][0]["message"]["content"], rubric) for reply in replies]
    assert {one.outcome for one in read} == {Outcome.RATED}
    assert len({one.levels for one in read}) > 1


def test_the_first_messages_are_cached_once_they_were_seen(stub: Stub) -> None:
    details = [ask(stub)["usage"]["prompt_tokens_details"]["cached_tokens"] for _ in range(2)]
    assert details == [0, 14]  # "rubric " eight times is 56 characters, four a token


def test_label_probabilities_sum_to_the_mass(stub: Stub) -> None:
    def tokens(text: str) -> list[int]:
        return json.loads(post(stub, "/tokenize", {"prompt": text})[1])["tokens"]

    ids = [tokens("say: A")[-1], tokens("say: B")[-1]]
    reply = ask(stub, logprobs=True, max_tokens=1, logprob_token_ids=ids)
    weighed = reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    assert [one["token"] for one in weighed] == [f"token_id:{number}" for number in ids]
    assert sum(math.exp(one["logprob"]) for one in weighed) == pytest.approx(0.97)
    assert reply["choices"][0]["message"]["content"] in "AB"


def test_tokens_of_a_text_give_the_text_back(stub: Stub) -> None:
    text = "<user>\nwords, and 12.5 %\n"
    tokens = json.loads(post(stub, "/tokenize", {"prompt": text})[1])["tokens"]
    assert json.loads(post(stub, "/detokenize", {"tokens": tokens})[1]) == {"prompt": text}


def test_shares_are_exact(stub: Stub) -> None:
    stub.set(share_429=0.3, retry_after="2")
    answers = [post(stub, "/v1/chat/completions", {"messages": MESSAGES}) for _ in range(20)]
    refused = [headers for status, _, headers in answers if status == 429]
    assert len(refused) == 6
    assert {headers["Retry-After"] for headers in refused} == {"2"}
    assert stub.counts() | {"most_open": 1} == {"asked": 20, "open": 0, "most_open": 1, "answered": 14, "429": 6}


def test_garbage_and_poison_and_a_cut_answer(stub: Stub) -> None:
    stub.set(poison="item")
    assert ask(stub)["choices"][0]["message"]["content"] == "I would rather tell you a story."
    stub.set(poison="", share_garbage=1)
    assert post(stub, "/v1/chat/completions", {"messages": MESSAGES})[1] == b"lorem {ipsum: dolor"
    stub.set(share_garbage=0, share_reset=1)
    with pytest.raises(http.client.IncompleteRead):
        post(stub, "/v1/chat/completions", {"messages": MESSAGES})


def test_a_draining_server_says_so_everywhere(stub: Stub) -> None:
    stub.set(is_draining=True)
    assert [post(stub, path, {"messages": MESSAGES})[0] for path in ("/health", "/v1/chat/completions")] == [503, 503]
    stub.set(is_draining=False)
    assert post(stub, "/health", {})[0] == 200


def test_a_server_without_tokens_refuses_their_ids(stub: Stub) -> None:
    stub.set(knows_tokens=False)
    assert post(stub, "/tokenize", {"prompt": "A"})[0] == 404
    assert post(stub, "/v1/chat/completions", {"messages": MESSAGES, "logprob_token_ids": [1]})[0] == 400


def test_a_hanging_request_stays_open_until_its_client_leaves(stub: Stub) -> None:
    stub.set(share_hang=1)
    body = json.dumps({"messages": MESSAGES}).encode()
    host, port = urlsplit(stub.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        while stub.counts()["asked"] == 0:
            pass
        assert stub.counts()["open"] == 1
    while stub.counts()["open"]:
        pass
