"""Trials by what is asked in them, and judged in all their setups at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from annotations.choices import Outcome
from models_llm.bias import AS_IT_IS, Setup, Trial, judge_trials, trial_keys
from models_llm.judging import ItemVerdict, JudgedItem
from tests.models_llm.bias.biased import POINTS

ITEM = JudgedItem({"question": "why?"}, ("Because.",))
TRIAL = Trial(0, "", ITEM)


def test_a_key_is_of_what_is_asked_and_not_of_where_it_stands() -> None:
    [key] = trial_keys([TRIAL])
    assert trial_keys([replace(TRIAL, at=7)]) == [key]
    others = trial_keys([
        replace(TRIAL, name="an attack"),
        replace(TRIAL, setup=Setup(draw=1)),
        replace(TRIAL, setup=Setup(temperature=0.7)),
        replace(TRIAL, setup=Setup(order="levels reversed")),
        replace(TRIAL, item=replace(ITEM, context={})),
        replace(TRIAL, item=replace(ITEM, candidates=("Because!",))),
        replace(TRIAL, item=replace(ITEM, images=("data:image/png;base64,AA==",))),
    ])  # fmt: skip
    assert len({key, *others}) == 8


def test_trials_that_ask_the_same_are_told_apart_by_their_number() -> None:
    first, second, third = trial_keys([TRIAL, replace(TRIAL, at=1), replace(TRIAL, name="other")])
    assert len({first, second, third}) == 3
    assert trial_keys([TRIAL, replace(TRIAL, at=5)]) == [first, second]


@dataclass
class OfSetup:
    """Gives the level of the item's number under the rubric that its setup shows."""

    setup: Setup
    wants_groups: bool = False

    async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        for at, item in enumerate(items):
            yield at, ItemVerdict(Outcome.RATED, levels=(item.context,), rationales=(str(self.setup.draw),))


def test_each_trial_is_judged_in_its_setup_and_its_levels_are_those_of_the_rubric_as_it_is() -> None:
    reversed_levels, again = Setup(order="levels reversed"), Setup(draw=3)
    trials = [
        Trial(at, "", JudgedItem(at, ()), setup)
        for at, setup in enumerate([AS_IT_IS, reversed_levels, again, reversed_levels, AS_IT_IS])
    ]
    verdicts: dict[int, ItemVerdict] = {}
    for judged in judge_trials(trials, rubric=POINTS, build=OfSetup):
        assert not verdicts.keys() & judged.keys()
        verdicts |= judged
    # Of five levels the reversed rubric's number 1 is 3 of the rubric as it is, and its 3 is 1.
    assert [verdicts[at].levels for at in range(5)] == [(0,), (3,), (2,), (1,), (4,)]
    assert [verdicts[at].rationales for at in range(5)] == [("0",), ("0",), ("3",), ("0",), ("0",)]
