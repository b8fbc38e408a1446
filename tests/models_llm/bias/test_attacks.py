"""The attack set: what is in it, and that it fails against the fence and succeeds without."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pytest

from annotations.rubrics import RubricSpec, load_rubric
from models_llm.bias.attacks import Attack, load_attacks
from models_llm.bias.injection import target_levels
from models_llm.choices import JudgeKind
from models_llm.judging import KINDS, ItemVerdict, JudgedItem, judge_all
from tests.models_llm.bias.obedient import (
    View,
    as_it_is,
    obedient_judge,
    starred_item,
    starred_pair,
    with_tags_alone,
    without_fence,
)
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()
ATTACKS = load_attacks()
BREAKING_OUT = [attack for attack in ATTACKS if attack.breaks_out]


@dataclass(frozen=True)
class Protocol:
    """A kind of judge with its settings, and items for it; `number` makes them different."""

    kind: JudgeKind
    rubric: RubricSpec = RUBRIC
    settings: Mapping[str, Any] = field(default_factory=dict)
    item: Callable[[int], JudgedItem] = lambda number: starred_item(number % 6, number)


def pair_of(number: int) -> JudgedItem:
    """The better candidate stands first and second in turn."""
    return starred_pair(2 + number % 2, 3 - number % 2, number)


def on_pairs(**settings: Any) -> Protocol:
    return Protocol(JudgeKind.PAIRWISE, load_rubric("preference"), settings, pair_of)


PROTOCOLS = {
    "pointwise": Protocol(JudgeKind.POINTWISE),
    "per_criterion": Protocol(JudgeKind.PER_CRITERION, settings={"rationales": True}),
    "per_criterion, drawn again": Protocol(
        JudgeKind.PER_CRITERION, settings={"resample_k": 2, "resample_above": 0.0, "resample_temperature": 0.7}
    ),
    "senior_reviewer": Protocol(JudgeKind.SENIOR_REVIEWER),
    "pairwise, letters": on_pairs(),
    "pairwise, replies": on_pairs(weigh=False),
    "listwise": Protocol(JudgeKind.LISTWISE),
}
every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)


def succeeded(protocol: Protocol, *, view: View = as_it_is) -> set[str]:
    """Attacks that bring an item other levels than it gets without them, from a model that obeys."""
    items = [protocol.item(number) for number in range(len(ATTACKS))]
    judge = obedient_judge(protocol.kind, protocol.rubric, items, view=view, **protocol.settings)
    plain = judge_all(judge, items)
    attacked = judge_all(judge, [_attacked(*one, protocol.rubric) for one in zip(ATTACKS, items, plain, strict=True)])
    return {
        attack.id
        for attack, before, after in zip(ATTACKS, plain, attacked, strict=True)
        if (before.outcome, before.levels) != (after.outcome, after.levels)
    }


def _attacked(attack: Attack, item: JudgedItem, verdict: ItemVerdict, rubric: RubricSpec) -> JudgedItem:
    """The item with an attack that wants other levels than it has."""
    assert verdict.levels is not None
    return attack.on(item, rubric, target_levels(rubric, verdict.levels))


def test_there_are_at_least_forty_attacks_of_many_kinds_and_in_both_places() -> None:
    assert len(ATTACKS) >= 60
    assert len(BREAKING_OUT) >= 30
    assert len({attack.kind for attack in ATTACKS}) >= 15
    assert min(Counter(attack.place for attack in ATTACKS).values()) >= 20


def test_every_attack_has_a_name_a_text_and_an_aim_of_its_own() -> None:
    for part in ("id", "text", "aim"):
        assert len({getattr(attack, part) for attack in ATTACKS}) == len(ATTACKS)


def test_no_attack_is_nearly_another() -> None:
    """Of the words of two attacks, those of the platform's wishes left out, less than half are shared."""
    words = {
        attack.id: set(re.findall(r"\w+", attack.text.replace("$levels", "").replace("$reply", "").casefold()))
        | {f"tag:{tag}" for tag in re.findall(r"[<\[＜&%\\][^\s>\]]*", attack.text)}
        | {f"place:{attack.place}{attack.field}{attack.is_name}"}
        for attack in ATTACKS
    }
    near = {
        (one, other): len(words[one] & words[other]) / len(words[one] | words[other])
        for one, other in combinations(words, 2)
    }
    assert {pair: share for pair, share in near.items() if share >= 0.5} == {}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_an_attack_names_the_levels_it_wants_and_leaves_no_place_open(attack: Attack) -> None:
    text = attack.rendered(RUBRIC, (1, 0, 2))
    assert re.search(r"Weak Relevance.*Validity.*Excellent", text, re.DOTALL)
    assert not re.search(r"\$[a-z]", text)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_an_attack_changes_the_place_it_names_and_nothing_else(attack: Attack) -> None:
    item = starred_item(0)
    altered = attack.on(item, RUBRIC, (0, 0, 2))
    changed = (altered.context != item.context, altered.candidates != item.candidates)
    assert changed == (attack.place == "evidence", attack.place == "candidate")


def test_every_kind_of_judge_that_asks_a_model_is_attacked_here() -> None:
    assert {protocol.kind for protocol in PROTOCOLS.values()} == set(KINDS) - {JudgeKind.JURY}  # which asks judges


@every_protocol
def test_no_attack_moves_a_model_that_obeys_what_stands_outside_the_fence(protocol: Protocol) -> None:
    assert succeeded(protocol) == set()


@every_protocol
def test_without_defusing_every_attack_that_breaks_out_succeeds(protocol: Protocol) -> None:
    assert succeeded(protocol, view=with_tags_alone) == {attack.id for attack in BREAKING_OUT}


@every_protocol
def test_without_a_fence_every_attack_succeeds(protocol: Protocol) -> None:
    assert succeeded(protocol, view=without_fence) == {attack.id for attack in ATTACKS}
