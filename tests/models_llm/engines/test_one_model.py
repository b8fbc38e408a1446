"""The engines that run models, on one model: all say the same, and what transformers by itself says."""

from __future__ import annotations

import asyncio
import json

import pytest

from models_llm.engines import Completion, Engine, FinishReason, Message, Prompt, Sampling, loop
from tests.models_llm.engines.asking import complete_all
from tests.models_llm.engines.reference import Reference

REAL = {"transformers_local": "tiny_transformers", "vllm_offline": "tiny_vllm", "openai_http": "tiny_served"}
TEXTS = [f"item {number}: poles for hiking, " * (1 + number % 13) for number in range(40)]
LABELS = ("A", "B", "C", "1", "Yes", "No")
TOLERANCE = 1e-4  # of a probability; in float32 the kernels of two libraries differ from the sixth digit on
SCHEMA = {
    "type": "object",
    "properties": {
        key: {
            "type": "object",
            "properties": {"rationale": {"type": "string"}, "level": {"enum": ["Relevance", "Weak Relevance"]}},
            "required": ["rationale", "level"],
            "additionalProperties": False,
        }
        for key in ("relevance", "validity")
    },
    "required": ["relevance", "validity"],
    "additionalProperties": False,
}


@pytest.fixture(params=REAL)
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(REAL[request.param])


def ask(text: str, schema: dict[str, object] | None = None) -> Prompt:
    return Prompt((Message("user", text),), schema=schema)


def weigh_all(engine: Engine, texts: list[str], labels: tuple[str, ...] = LABELS) -> list[Completion]:
    async def weigh() -> list[Completion]:
        return await asyncio.gather(*(engine.weigh(ask(text), labels) for text in texts))

    return loop.run(weigh())


def test_all_say_what_transformers_says_and_count_the_same_tokens(engine: Engine, reference: Reference) -> None:
    together = complete_all(engine, [ask(text) for text in TEXTS], Sampling(max_tokens=8))
    for text, completion in zip(TEXTS, together, strict=True):
        said = reference.say(text, max_tokens=8)
        assert (completion.text, completion.error) == (said.text, "")
        assert completion.finish_reason is (FinishReason.STOP if said.is_whole else FinishReason.LENGTH)
        assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (said.n_prompt, said.n_reply)
    # Replies of all kinds: else the above would say little.
    assert len({one.text for one in together}) > 20
    assert {one.finish_reason for one in together} == {FinishReason.STOP, FinishReason.LENGTH}


def test_all_give_the_same_distribution_over_labels_and_the_mass_on_them(engine: Engine, reference: Reference) -> None:
    for text, completion in zip(TEXTS, weigh_all(engine, TEXTS), strict=True):
        assert completion.error == ""
        assert completion.finish_reason is FinishReason.STOP
        assert completion.weights == pytest.approx(reference.weigh(text, LABELS), abs=TOLERANCE)
        assert 0 < sum(completion.weights or ()) < 1
        assert completion.usage.completion_tokens == 1


def test_neither_company_nor_order_changes_a_reply_or_a_weight(engine: Engine) -> None:
    few = TEXTS[:6]
    sampling = Sampling(max_tokens=12)
    together = complete_all(engine, [ask(text) for text in TEXTS], sampling)[:6]
    alone = [complete_all(engine, [ask(text)], sampling)[0] for text in reversed(few)][::-1]
    assert [one.text for one in together] == [one.text for one in alone]
    for one, other in zip(weigh_all(engine, few), weigh_all(engine, few[::-1])[::-1], strict=True):
        assert one.weights == pytest.approx(other.weights, abs=TOLERANCE)


def test_a_schema_holds_a_model_that_knows_nothing_of_it(engine: Engine) -> None:
    replies = complete_all(engine, [ask(text, SCHEMA) for text in TEXTS[:12]], Sampling(max_tokens=400))
    for reply in replies:
        assert reply.finish_reason is FinishReason.STOP
        read = json.loads(reply.text)
        assert list(read) == ["relevance", "validity"]
        assert {part["level"] for part in read.values()} <= {"Relevance", "Weak Relevance"}
    assert len({reply.text for reply in replies}) > 6


def test_all_hold_a_schema_in_the_same_words(tiny_transformers: Engine, tiny_vllm: Engine, tiny_served: Engine) -> None:
    prompts = [ask(text, SCHEMA) for text in TEXTS[:12]]
    texts = [
        [one.text for one in complete_all(engine, prompts, Sampling(max_tokens=400))]
        for engine in (tiny_transformers, tiny_vllm, tiny_served)
    ]
    assert texts[0] == texts[1] == texts[2]


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (("A", "Weak Relevance"), "“Weak Relevance”"),  # several tokens
        (("A", ""), "label"),  # none
        (("A", "B", "A"), "“A”"),  # the same twice
    ],
)
def test_labels_that_are_not_one_token_each_are_refused_by_name(
    engine: Engine, labels: tuple[str, ...], named: str
) -> None:
    (refused,) = weigh_all(engine, ["item"], labels)
    assert refused.finish_reason is FinishReason.FAILED
    assert refused.weights is None
    assert named in refused.error


def test_a_prompt_that_is_too_long_fails_alone(engine: Engine, reference: Reference) -> None:
    long, good = complete_all(engine, [ask("word " * 5000), ask("item 1")], Sampling(max_tokens=8))
    assert long.finish_reason is FinishReason.FAILED
    assert "4096" in long.error
    assert good.text == reference.say("item 1", max_tokens=8).text


def test_a_reply_is_cut_off_at_its_most_tokens_and_says_so(engine: Engine) -> None:
    replies = complete_all(engine, [ask(text) for text in TEXTS], Sampling(max_tokens=3))
    cut = [reply for reply in replies if reply.finish_reason is FinishReason.LENGTH]
    assert len(cut) > 10
    assert {reply.usage.completion_tokens for reply in cut} == {3}


def test_a_seed_draws_the_same_reply_in_any_company(engine: Engine) -> None:
    def drawn(seed: int, texts: list[str]) -> list[str]:
        sampling = Sampling(temperature=1.0, max_tokens=12, seed=seed)
        return [one.text for one in complete_all(engine, [ask(text) for text in texts], sampling)]

    first = drawn(1, TEXTS[:5])
    assert first == drawn(1, TEXTS)[:5]
    assert first != drawn(2, TEXTS[:5])


def test_whoever_is_cancelled_takes_nobody_along(engine: Engine, reference: Reference) -> None:
    async def ask_and_leave() -> Completion:
        asked = [
            asyncio.ensure_future(engine.complete(ask(text), Sampling(max_tokens=200))) for text in [*TEXTS, *TEXTS]
        ]
        staying = asyncio.ensure_future(engine.complete(ask("item 7"), Sampling(max_tokens=20)))
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        for one in asked:
            one.cancel()
        return await staying

    assert loop.run(ask_and_leave()).text == reference.say("item 7", max_tokens=20).text
    assert weigh_all(engine, ["item 8"])[0].error == ""


def test_time_is_split_into_waiting_and_working(engine: Engine) -> None:
    (usage,) = [one.usage for one in complete_all(engine, [ask("item 3")], Sampling(max_tokens=20))]
    assert usage.engine_s > 0
    assert usage.queue_s >= 0


@pytest.mark.parametrize("fixture", ["tiny_vllm", "tiny_served"])
def test_what_prompts_share_is_read_once(request: pytest.FixtureRequest, fixture: str) -> None:
    engine: Engine = request.getfixturevalue(fixture)
    shared = "a rubric of many words, the same for every item; " * 40
    complete_all(engine, [ask(shared + "item 0")], Sampling(max_tokens=1))
    for one in complete_all(engine, [ask(f"{shared}item {number}") for number in range(1, 6)], Sampling(max_tokens=1)):
        assert one.usage.cached_tokens is not None
        assert one.usage.prompt_tokens is not None
        assert one.usage.cached_tokens >= 0.6 * one.usage.prompt_tokens
