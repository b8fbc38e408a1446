"""Label distributions, by token id and by the texts of the likeliest tokens."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiohttp import web

from judge_platform.bench.stub import stub_process
from models_llm.engines import Completion, FinishReason, Message, OpenAIHTTPEngine, Prompt, loop
from tests.models_llm.engines.openai_http.conftest import MakeEngine
from tests.models_llm.engines.served import Served, refusal, served

PROMPT = Prompt((Message("system", "rubric"), Message("user", "item\nAnswer A or B.", ("data:image/png;base64,AA",))))
PAIRS = {"th": 0x110000, "\nD": 0x110001}


def weigh(engine: OpenAIHTTPEngine, *labels: str, prompt: Prompt = PROMPT) -> Completion:
    return loop.run(engine.weigh(prompt, labels))


def tokenize(request: dict[str, Any]) -> dict[str, Any]:
    """A token is a character, but for a few pairs. The chat template ends in a line break."""
    text = request.get("prompt")
    if text is None:
        assert request["add_generation_prompt"]
        text = "".join(f"{message['role']}: {message['content']}\n" for message in request["messages"]) + "assistant:\n"
    tokens = []
    while text:
        pair = PAIRS.get(text[:2])
        tokens.append(ord(text[0]) if pair is None else pair)
        text = text[1 if pair is None else 2 :]
    return {"tokens": tokens}


def detokenize(request: dict[str, Any]) -> dict[str, Any]:
    pairs = {number: pair for pair, number in PAIRS.items()}
    return {"prompt": "".join(pairs.get(number) or chr(number) for number in request["tokens"])}


def entry(token: str, probability: float) -> dict[str, Any]:
    return {"token": token, "logprob": math.log(probability)}


def logprobs_reply(*entries: dict[str, Any], text: str = "A") -> web.Response:
    content = [{**entries[0], "top_logprobs": list(entries)}] if entries else []
    choice = {"message": {"content": text}, "finish_reason": "length", "logprobs": {"content": content}}
    return web.json_response({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 1}})


@contextmanager
def vllm_like(*answers: web.StreamResponse | Callable[[Any], Any]) -> Iterator[Served]:
    with served(*answers) as server:
        server.others = {"/tokenize": tokenize, "/detokenize": detokenize}
        yield server


def test_labels_are_weighed_by_their_token_ids(engine_of: MakeEngine) -> None:
    answer = logprobs_reply(entry("token_id:90", 0.5), entry("token_id:65", 0.3), entry("token_id:66", 0.125), text="Z")
    with vllm_like(answer) as server:
        completion = weigh(engine_of(server), "A", "B")
    assert completion.weights == pytest.approx((0.3, 0.125))
    assert (completion.text, completion.finish_reason) == ("Z", FinishReason.STOP)
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (9, 1)
    [asked] = server.asked
    assert {name: asked[name] for name in asked if name not in ("model", "messages")} == {
        "max_tokens": 1,
        "temperature": 0,
        "logprobs": True,
        "logprob_token_ids": [65, 66],
        "return_tokens_as_token_ids": True,
    }


def test_tokens_are_looked_up_once_for_prompts_that_end_alike(engine_of: MakeEngine) -> None:
    n_lookups = 0

    def counted(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal n_lookups
        n_lookups += 1
        return tokenize(request)

    answer = logprobs_reply(entry("token_id:65", 0.3), entry("token_id:66", 0.125))
    end = "Answer with A or B: nothing else, no reasons, and no word about it."
    asked = [Prompt((Message("user", f"item {number}\n{end}"),)) for number in range(20)]
    with vllm_like(answer) as server:
        server.others["/tokenize"] = counted
        engine = engine_of(server)

        async def weigh_all() -> list[Completion]:
            return await asyncio.gather(*(engine.weigh(prompt, ("A", "B")) for prompt in asked))

        assert all(completion.weights for completion in loop.run(weigh_all()))
        assert n_lookups == 4  # the prompt, its text again, and each label after it
        weigh(engine, "A", "B", prompt=Prompt((Message("user", "Another end"),)))
        assert n_lookups == 8


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (("A", "xy"), "the label “xy” must be one token where the prompt ends"),
        (("A", "D"), "the label “D” must be one token where the prompt ends"),
        (("1", "10"), "the label “10” begins with the label “1”"),
        (("A", "A"), "the labels “A” and “A” are the same token"),
        (("A", ""), "the label “” must be one token where the prompt ends"),
    ],
)
def test_a_label_that_is_not_one_token_in_context_is_named(
    engine_of: MakeEngine, labels: tuple[str, ...], said: str
) -> None:
    with vllm_like() as server:
        completion = weigh(engine_of(server), *labels)
    assert completion.finish_reason is FinishReason.FAILED
    assert completion.weights is None
    assert re.match(said, completion.error)
    assert server.asked == []


def test_a_pair_of_letters_may_be_one_token(engine_of: MakeEngine) -> None:
    answer = logprobs_reply(entry("token_id:65", 0.3), entry(f"token_id:{0x110000}", 0.125))
    with vllm_like(answer) as server:
        assert weigh(engine_of(server), "A", "th").weights == pytest.approx((0.3, 0.125))


def test_where_the_text_of_a_prompt_gives_other_tokens_its_end_is_enough(engine_of: MakeEngine) -> None:
    def lossy(request: dict[str, Any]) -> dict[str, Any]:
        return {"prompt": detokenize(request)["prompt"].replace("rubric", "?")}

    answer = logprobs_reply(entry("token_id:65", 0.3), entry("token_id:66", 0.125))
    with vllm_like(answer) as server:
        server.others["/detokenize"] = lossy
        assert weigh(engine_of(server), "A", "B").weights == pytest.approx((0.3, 0.125))


def test_a_server_without_tokenizer_is_asked_for_its_likeliest_tokens(engine_of: MakeEngine) -> None:
    answer = logprobs_reply(entry("A", 0.5), entry(" A", 0.125), entry("Aha", 0.25), entry("C", 0.0625))
    with served(answer) as server:
        engine = engine_of(server)
        completion = weigh(engine, "A", "B", "C")
        assert completion.weights == pytest.approx((0.625, 0.0, 0.0625))
        assert completion.text == "A"
        weigh(engine, "A", "B")
    assert [(asked["top_logprobs"], asked["temperature"], asked["max_tokens"]) for asked in server.asked] == [
        (20, 1, 1),
        (20, 1, 1),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, text="logprob_token_ids: extra fields not permitted"),
        logprobs_reply(entry("A", 0.5), entry("B", 0.25)),
        logprobs_reply(),
    ],
)
def test_a_server_that_does_not_know_token_ids_is_asked_so_once(engine_of: MakeEngine, answer: web.Response) -> None:
    likeliest = logprobs_reply(entry("A", 0.5), entry("B", 0.25))
    with vllm_like(answer, likeliest) as server:
        engine = engine_of(server)
        assert weigh(engine, "A", "B").weights == pytest.approx((0.5, 0.25))
        assert weigh(engine, "A", "B").weights == pytest.approx((0.5, 0.25))
    assert ["logprob_token_ids" in asked for asked in server.asked] == [True, False, False]


def test_a_prompt_that_is_refused_says_nothing_of_what_the_server_can(engine_of: MakeEngine) -> None:
    too_long = refusal(400, text="the prompt is longer than the model's context")
    by_ids = logprobs_reply(entry("token_id:65", 0.3), entry("token_id:66", 0.125))
    with vllm_like(too_long, too_long, by_ids, too_long, by_ids) as server:
        engine = engine_of(server)
        outcomes = [weigh(engine, "A", "B") for _ in range(4)]
    assert [outcome.weights is None for outcome in outcomes] == [True, False, True, False]
    assert "longer than the model's context" in outcomes[2].error
    assert ["logprob_token_ids" in asked for asked in server.asked] == [True, False, True, True, True]


def test_fewer_of_the_likeliest_tokens_may_be_asked_for(engine_of: MakeEngine) -> None:
    with served(logprobs_reply(entry("A", 0.5))) as server:
        weigh(engine_of(server, top_logprobs=5), "A", "B")
    assert server.asked[0]["top_logprobs"] == 5


def test_a_server_without_log_probabilities_fails_with_the_reason(engine_of: MakeEngine) -> None:
    with served() as server:
        completion = weigh(engine_of(server), "A", "B")
    assert completion.finish_reason is FinishReason.FAILED
    assert "gives no log-probabilities" in completion.error


@pytest.mark.parametrize("said", ["A", {"token": "A", "logprob": "likely", "top_logprobs": 3}, {"top_logprobs": [1]}])
def test_log_probabilities_that_are_none_raise_nothing(engine_of: MakeEngine, said: Any) -> None:
    choice = {"message": {"content": "A"}, "logprobs": {"content": [said]}}
    with served(web.json_response({"choices": [choice]})) as server:
        completion = weigh(engine_of(server), "A", "B")
    assert completion.finish_reason is FinishReason.FAILED


def test_a_prompt_that_cannot_be_tokenized_does_not_stand_for_others_that_end_alike(engine_of: MakeEngine) -> None:
    end = "Answer with A or B: nothing else, no reasons, and no word about it."
    odd, good = (Prompt((Message("user", f"{start}\n{end}"),)) for start in ("\ud800", "item"))
    answer = logprobs_reply(entry("token_id:65", 0.3), entry("token_id:66", 0.125))
    with vllm_like(answer) as server:
        engine = engine_of(server)
        assert weigh(engine, "A", "B", prompt=odd).finish_reason is FinishReason.FAILED
        assert weigh(engine, "A", "B", prompt=good).weights == pytest.approx((0.3, 0.125))


def test_logits_in_place_of_log_probabilities_are_refused(engine_of: MakeEngine) -> None:
    answer = logprobs_reply({"token": "token_id:65", "logprob": 12.5}, {"token": "token_id:66", "logprob": -1.0})
    with vllm_like(answer) as server:
        completion = weigh(engine_of(server), "A", "B")
    assert completion.finish_reason is FinishReason.FAILED
    assert "--logprobs-mode raw_logprobs" in completion.error


def test_a_tokenizer_that_fails_for_a_while_is_asked_again_later(engine_of: MakeEngine) -> None:
    answer = logprobs_reply(entry("token_id:65", 0.3), entry("token_id:66", 0.125))
    is_ill = True

    def at_first_ill(request: dict[str, Any]) -> dict[str, Any]:
        if is_ill:
            raise RuntimeError
        return tokenize(request)

    with vllm_like(answer) as server:
        server.others["/tokenize"] = at_first_ill
        engine = engine_of(server, max_attempts=2)
        assert weigh(engine, "A", "B").finish_reason is FinishReason.FAILED
        is_ill = False
        assert weigh(engine, "A", "B").weights == pytest.approx((0.3, 0.125))


def test_who_asked_first_may_leave_while_others_wait_for_the_tokens(engine_of: MakeEngine) -> None:
    answer = logprobs_reply(entry("token_id:65", 0.3), entry("token_id:66", 0.125))

    async def first_leaves(engine: OpenAIHTTPEngine) -> Completion:
        first = asyncio.create_task(engine.weigh(PROMPT, ("A", "B")))
        second = asyncio.create_task(engine.weigh(PROMPT, ("A", "B")))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    with vllm_like(answer) as server:
        assert loop.run(first_leaves(engine_of(server))).weights == pytest.approx((0.3, 0.125))


def test_a_prompt_that_is_no_utf8_fails(engine_of: MakeEngine) -> None:
    with vllm_like() as server:
        completion = weigh(engine_of(server), "A", "B", prompt=Prompt((Message("user", "\ud800"),)))
    assert completion.finish_reason is FinishReason.FAILED


def test_the_stub_is_weighed_either_way(engine_of: MakeEngine) -> None:
    for knows_tokens in (True, False):
        with stub_process(knows_tokens=knows_tokens) as stub:
            weights = weigh(engine_of(stub.url), "A", "B", "C").weights
        assert weights is not None
        assert 0 < sum(weights) <= 0.9701
