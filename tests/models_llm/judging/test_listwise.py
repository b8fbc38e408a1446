from __future__ import annotations

import json
from dataclasses import replace
from functools import reduce
from itertools import permutations
from operator import add
from typing import Any

import pytest

from annotations.choices import Outcome
from models_llm.engines import Completion, FinishReason, Sampling, Usage
from models_llm.judging import ItemVerdict, JudgedItem, ListwiseJudge, judge_all, read_protocol
from models_llm.prompting import load_template
from tests.models_llm.judging.told import ToldEngine
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()
LEVELS = {"boots": (0, 0, 2), "pan": (1, 0, 1), "brush": (1, 1, 0), "lonely": (0, 1, 0)}
"""What the engine says of each candidate, whatever its name in the prompt."""


def item(tag: str, group: str = "g", **fields: Any) -> JudgedItem:
    return JudgedItem({"interests": ["hiking"]}, ({"tag": tag},), group, **fields)


GROUP = [item("boots"), item("pan"), item("brush")]
USED = Usage(prompt_tokens=100, completion_tokens=31, engine_s=0.6, cost=0.3)


def entry(levels: tuple[int, ...]) -> dict[str, object]:
    return {
        criterion.key: {"rationale": f"{criterion.key} of it", "level": criterion.answers[level]}
        for criterion, level in zip(RUBRIC.criteria, levels, strict=True)
    }


class Reader(ToldEngine):
    """Finds each candidate in the prompt and says `LEVELS` of it; `left_out` are not judged."""

    def __init__(self, *, left_out: frozenset[str] = frozenset()) -> None:
        super().__init__({})
        self._left_out = left_out

    async def complete(self, prompt: Any, sampling: Sampling) -> Completion:
        del sampling
        self.asked.append(prompt)
        shown = self.order(-1)
        entries = {
            name: entry(LEVELS[tag]) for name, tag in zip("ABC", shown, strict=False) if tag not in self._left_out
        }
        return Completion(json.dumps(entries), FinishReason.STOP, USED)

    def order(self, at: int) -> list[str]:
        text = self.asked[at].messages[-1].text
        return sorted((tag for tag in LEVELS if f'"{tag}"' in text), key=lambda tag: text.index(f'"{tag}"'))


def judge(engine: ToldEngine, *, seed: int = 0, **settings: Any) -> ListwiseJudge:
    return ListwiseJudge(
        RUBRIC,
        engine=engine,
        sampling=Sampling(seed=seed),
        template=load_template("listwise"),
        settings=read_protocol("listwise", settings),
    )


def test_each_item_gets_what_is_said_of_its_candidate() -> None:
    engine = Reader()
    verdicts = judge_all(judge(engine), [item("pan"), item("lonely", ""), item("brush"), item("boots")])
    assert [verdict.levels for verdict in verdicts] == [LEVELS[tag] for tag in ("pan", "lonely", "brush", "boots")]
    assert verdicts[0].rationales == ("relevance of it", "validity of it", "style of it")
    assert len(engine.asked) == 2
    schemas = [prompt.schema["required"] for prompt in engine.asked if prompt.schema]
    assert sorted(schemas) == [["A"], ["A", "B", "C"]]


def test_the_order_shown_follows_from_contents_and_seed_alone() -> None:
    shown = []
    for given in permutations(GROUP):
        engine = Reader()
        judge_all(judge(engine), list(given))
        shown.append(engine.asked[0].digest)
    assert len(set(shown)) == 1
    orders = set()
    for seed in range(20):
        engine = Reader()
        judge_all(judge(engine, seed=seed), GROUP)
        orders.add(tuple(engine.order(0)))
    assert len(orders) > 3


def test_what_the_call_used_is_shared_out_without_remainder() -> None:
    verdicts = judge_all(judge(Reader()), GROUP)
    # 100 tokens are 34, 33 and 33; 31 are 11, 10 and 10
    assert [verdict.usage.prompt_tokens for verdict in verdicts] == [34, 33, 33]
    assert [verdict.usage.completion_tokens for verdict in verdicts] == [11, 10, 10]
    total = reduce(add, (verdict.usage for verdict in verdicts))
    assert (total.prompt_tokens, total.completion_tokens) == (100, 31)
    assert (total.engine_s, total.cost) == (pytest.approx(0.6), pytest.approx(0.3))
    assert total.cached_tokens is None


def test_an_item_that_is_not_asked_is_shown_and_gets_no_verdict() -> None:
    engine = Reader()
    given = [item("pan", is_asked=False), item("boots"), item("brush", is_asked=False)]
    (verdict,) = judge_all(judge(engine), given)
    assert verdict.levels == LEVELS["boots"]
    assert verdict.usage == USED
    assert sorted(engine.order(0)) == ["boots", "brush", "pan"]
    assert judge_all(judge(engine), [replace(one, is_asked=False) for one in GROUP]) == []
    assert len(engine.asked) == 1


def test_a_candidate_that_is_not_judged_gets_no_level_and_the_others_keep_theirs() -> None:
    boots, pan, brush = judge_all(judge(Reader(left_out=frozenset({"pan"}))), GROUP)
    assert (boots.levels, brush.levels) == (LEVELS["boots"], LEVELS["brush"])
    assert (pan.outcome, pan.levels) == (Outcome.UNPARSED, None)
    assert "is not judged" in pan.error


@pytest.mark.parametrize(
    ("group", "protocol", "reason"),
    [
        (GROUP, {"most_items": 2}, "the group has 3 items and this judge takes 2 at most"),
        ([*GROUP, JudgedItem({"interests": ["hiking"]}, ("a", "b"), "g")], {}, "one candidate each.*got \\[1, 2\\]"),
        ([*GROUP, JudgedItem({"interests": ["cooking"]}, ("a",), "g")], {}, "“g” have different evidence"),
        ([*GROUP, item("data:image/png;base64,iVBORw0KGgo=")], {}, "images of their own"),
    ],
)
def test_a_group_that_cannot_stand_in_one_prompt_is_not_judged_and_says_so(
    group: list[JudgedItem], protocol: dict[str, Any], reason: str
) -> None:
    engine = Reader()
    verdicts = judge_all(judge(engine, **protocol), group)
    assert {verdict.outcome for verdict in verdicts} == {Outcome.FAILED}
    for verdict in verdicts:
        assert_matches(verdict, reason)
    assert engine.asked == []


def assert_matches(verdict: ItemVerdict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        raise ValueError(verdict.error)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Completion("{}", FinishReason.LENGTH, USED), Outcome.TRUNCATED),
        (Completion("I cannot judge this.", FinishReason.STOP, USED), Outcome.REFUSED),
        (Completion("", FinishReason.FAILED, error="HTTP 500"), Outcome.FAILED),
        (Completion("fine", FinishReason.STOP), Outcome.UNPARSED),
    ],
)
def test_a_reply_that_is_no_answer_is_none_for_all_of_the_group(reply: Completion, outcome: Outcome) -> None:
    verdicts = judge_all(judge(ToldEngine({"": reply})), GROUP)
    assert [(verdict.outcome, verdict.levels) for verdict in verdicts] == [(outcome, None)] * 3
    assert all(verdict.error and len(verdict.calls) == 1 for verdict in verdicts)
