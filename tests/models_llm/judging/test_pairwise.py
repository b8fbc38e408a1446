from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from annotations.choices import Outcome, Scale
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec, load_rubric
from models_llm.choices import Flag
from models_llm.engines import Completion, FinishReason, Prompt, Sampling
from models_llm.errors import JudgeError
from models_llm.judging import ItemVerdict, JudgedItem, PairwiseJudge, judge_all, read_protocol
from models_llm.prompting import load_template
from tests.models_llm.judging.told import ToldEngine, weights

RUBRIC = load_rubric("preference")  # a, b, tie
FORCED = RubricSpec("forced", (replace(RUBRIC.criteria[0], levels=RUBRIC.criteria[0].levels[:2]),))
A, B, TIE = range(3)
ITEM = JudgedItem({"question": "why"}, ("left answer", "right answer"))


class InOrder(ToldEngine):
    """Says one thing of the pair as stored and another of it swapped."""

    def __init__(self, stored: Completion | str, swapped: Completion | str) -> None:
        super().__init__({})
        self._said = {True: stored, False: swapped}

    def _reply(self, prompt: Prompt) -> Completion:
        self.asked.append(prompt)
        text = prompt.messages[-1].text
        said = self._said[text.index("left answer") < text.index("right answer")]
        return said if isinstance(said, Completion) else Completion(said, FinishReason.STOP)

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        del labels
        return self._reply(prompt)

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        del sampling
        return self._reply(prompt)


def judge(engine: ToldEngine, rubric: RubricSpec = RUBRIC, **settings: Any) -> PairwiseJudge:
    protocol = read_protocol("pairwise", settings)
    return PairwiseJudge(
        rubric, engine=engine, sampling=Sampling(), template=load_template(protocol.template), settings=protocol
    )


def verdict_on(
    stored: Completion | str, swapped: Completion | str, rubric: RubricSpec = RUBRIC, **settings: Any
) -> ItemVerdict:
    (verdict,) = judge_all(judge(InOrder(stored, swapped), rubric, **settings), [ITEM])
    return verdict


def shares_of(verdict: ItemVerdict) -> tuple[float, ...]:
    assert verdict.distributions is not None
    return verdict.distributions[0]


def test_both_orders_are_asked_and_kept() -> None:
    engine = InOrder(weights(0.7, 0.2, 0.1), weights(0.1, 0.8, 0.1))
    (verdict,) = judge_all(judge(engine), [ITEM])
    assert [call.name for call in verdict.calls] == ["preference · as stored", "preference · swapped"]
    stored, swapped = (prompt.messages[1].text for prompt in engine.asked)
    assert stored.index("left answer") < stored.index("right answer")
    assert swapped.index("right answer") < swapped.index("left answer")
    assert stored.replace("left", "?").replace("right", "left").replace("?", "right") == swapped
    assert engine.asked[0].messages[0] == engine.asked[1].messages[0]


def test_what_both_orders_prefer_is_the_level_and_their_mean_the_distribution() -> None:
    # swapped, the second one shown is the stored first: a has (0.7 + 0.8) / 2
    verdict = verdict_on(weights(0.7, 0.2, 0.1), weights(0.1, 0.8, 0.1))
    assert (verdict.outcome, verdict.levels, verdict.flags) == (Outcome.RATED, (A,), ())
    assert shares_of(verdict) == pytest.approx((0.75, 0.15, 0.1))
    assert verdict.scores is None


def test_the_mass_is_the_lower_one_of_the_orders() -> None:
    verdict = verdict_on(weights(0.7, 0.2, 0.1), weights(0.1, 0.4, 0.0))
    assert verdict.masses == pytest.approx((0.5,))
    assert verdict.flags == (Flag.LOW_MASS,)


@pytest.mark.parametrize(
    ("stored", "swapped"),
    [
        (weights(0.9, 0.1, 0.0), weights(0.6, 0.4, 0.0)),  # the first one shown, both times
        (weights(0.1, 0.9, 0.0), weights(0.1, 0.9, 0.0)),  # the last one
        (weights(0.5, 0.5, 0.0), weights(0.5, 0.5, 0.0)),  # neither: no order may turn the balance
        (weights(0.9, 0.1, 0.0), weights(0.0, 0.1, 0.9)),
    ],
)
def test_where_the_orders_disagree_there_is_a_tie_and_the_verdict_says_so(
    stored: Completion, swapped: Completion
) -> None:
    verdict = verdict_on(stored, swapped)
    assert (verdict.levels, verdict.flags) == ((TIE,), (Flag.ORDERS_DISAGREE,))


def test_a_tie_in_both_orders_is_no_disagreement() -> None:
    verdict = verdict_on(weights(0.1, 0.2, 0.7), weights(0.2, 0.1, 0.7))
    assert (verdict.levels, verdict.flags) == ((TIE,), ())


def test_without_a_tie_the_mean_decides_where_the_orders_disagree() -> None:
    # a has (0.9 + 0.4) / 2 = 0.65
    verdict = verdict_on(weights(0.9, 0.1), weights(0.6, 0.4), FORCED)
    assert (verdict.levels, verdict.flags) == ((A,), (Flag.ORDERS_DISAGREE,))
    assert shares_of(verdict) == pytest.approx((0.65, 0.35))


@pytest.mark.parametrize(
    ("stored", "swapped", "protocol"),
    [
        (weights(0.75, 0.25), weights(0.75, 0.25), {}),
        ('{"preference": "A is better"}', '{"preference": "A is better"}', {"weigh": False}),
    ],
)
def test_without_a_tie_and_without_a_balance_there_is_no_rating(
    stored: Completion | str, swapped: Completion | str, protocol: dict[str, Any]
) -> None:
    verdict = verdict_on(stored, swapped, FORCED, **protocol)
    assert (verdict.outcome, verdict.levels) == (Outcome.FAILED, None)
    assert verdict.error == ("criterion “preference”: the orders disagree, and the rubric has no level for a tie")
    assert len(verdict.calls) == 2


def said(level: str, why: str = "because") -> str:
    return json.dumps({"preference": {"rationale": why, "level": level}})


def test_replies_are_compared_in_both_orders_too() -> None:
    agreed = verdict_on(said("B is better", "B is right"), said("A is better", "A is right"), weigh=False)
    assert (agreed.levels, agreed.rationales, agreed.flags) == ((B,), ("B is right",), ())
    assert (agreed.distributions, agreed.masses) == (None, None)
    assert [call.name for call in agreed.calls] == ["as stored", "swapped"]
    disagreed = verdict_on(said("B is better"), said("B is better"), weigh=False)
    assert (disagreed.levels, disagreed.flags) == ((TIE,), (Flag.ORDERS_DISAGREE,))


def test_one_order_that_cannot_be_read_leaves_no_rating() -> None:
    verdict = verdict_on(said("B is better"), "hm", weigh=False)
    assert (verdict.outcome, verdict.levels) == (Outcome.UNPARSED, None)
    assert len(verdict.calls) == 2


@pytest.mark.parametrize("candidates", [(), ("one",), ("one", "two", "three")])
def test_other_than_two_candidates_are_not_compared(candidates: tuple[str, ...]) -> None:
    engine = InOrder("", "")
    (verdict,) = judge_all(judge(engine), [replace(ITEM, candidates=candidates)])
    assert (verdict.outcome, verdict.error) == (
        Outcome.FAILED,
        f"expected two candidates to compare, got {len(candidates)}",
    )
    assert engine.asked == []


@pytest.mark.parametrize(
    ("scale", "keys"),
    [
        (Scale.NOMINAL, ("a", "b", "tie")),
        (Scale.PREFERENCE, ("first", "second")),
        (Scale.PREFERENCE, ("a", "b", "tie", "both_bad")),
    ],
)
def test_a_rubric_that_does_not_compare_two_is_refused(scale: Scale, keys: tuple[str, ...]) -> None:
    criterion = CriterionSpec("c", "C", scale, tuple(LevelSpec(key, key.title()) for key in keys))
    with pytest.raises(JudgeError, match=f"criterion “c” is {scale} with {', '.join(keys)}"):
        judge(InOrder("", ""), RubricSpec("r", (criterion,)))
