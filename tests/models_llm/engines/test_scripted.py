from __future__ import annotations

import json
from collections import Counter

import pytest

from models_llm.engines import FinishReason, Message, Prompt, Sampling, build_engine
from models_llm.errors import EngineError
from tests.models_llm.engines.asking import complete_all

SCHEMA = {
    "type": "object",
    "properties": {"c": {"type": "object", "properties": {"level": {"enum": ["a", "b"]}}}},
}


def prompts(n: int) -> list[Prompt]:
    return [Prompt((Message("user", f"item {number}"),), schema=SCHEMA) for number in range(n)]


def test_a_reply_depends_on_prompt_and_seed_alone() -> None:
    engine = build_engine("scripted", model="", config={})
    together = complete_all(engine, prompts(40), Sampling(seed=1))
    alone = [complete_all(engine, [prompt], Sampling(seed=1))[0] for prompt in reversed(prompts(40))]
    assert together == alone[::-1]
    assert together != complete_all(engine, prompts(40), Sampling(seed=2))


def test_replies_are_drawn_from_the_schema() -> None:
    completions = complete_all(build_engine("scripted", model="", config={}), prompts(60), Sampling())
    levels = {json.loads(completion.text)["c"]["level"] for completion in completions}
    assert levels == {"a", "b"}


def test_the_first_piece_of_the_table_found_in_the_last_message_decides() -> None:
    engine = build_engine("scripted", model="", config={"table": {"item 1": "one", "item": "any"}})
    replies = [completion.text for completion in complete_all(engine, prompts(3), Sampling())]
    assert replies == ["any", "one", "any"]


def test_faults_come_at_their_shares() -> None:
    faults = {"garbage": 0.1, "truncated": 0.2, "refused": 0.1, "failed": 0.1}
    engine = build_engine("scripted", model="", config={"faults": faults})
    counts = Counter(one.finish_reason for one in complete_all(engine, prompts(1000), Sampling()))
    # Binomial(1000, .2) has a standard deviation of 12.6, (1000, .1) of 9.5: six of them either way.
    assert abs(counts[FinishReason.LENGTH] - 200) < 76
    assert abs(counts[FinishReason.REFUSED] - 100) < 57
    assert abs(counts[FinishReason.FAILED] - 100) < 57
    assert abs(counts[FinishReason.STOP] - 600) < 100


def test_faults_that_do_not_exist_are_refused() -> None:
    with pytest.raises(EngineError, match="faults of a scripted engine"):
        build_engine("scripted", model="", config={"faults": {"boredom": 0.5}})
    with pytest.raises(EngineError, match="sum to at most 1"):
        build_engine("scripted", model="", config={"faults": {"garbage": 0.7, "failed": 0.7}})
