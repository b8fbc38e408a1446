"""The attack set: what is in it, and that it fails against the fence and succeeds without."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

import pytest

from models_llm.bias.attacks import Attack, load_attacks
from models_llm.bias.injection import target_levels
from models_llm.judging import ItemJudge, JudgedItem, judge_all
from tests.models_llm.bias.obedient import NoFence, ObedientPointwise, TagsAlone, starred_item
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()
ATTACKS = load_attacks()
BREAKING_OUT = [attack for attack in ATTACKS if attack.breaks_out]


def attacked(attack: Attack, item: JudgedItem) -> JudgedItem:
    """The item with an attack that wants other levels than it deserves."""
    (plain,) = judge_all(ObedientPointwise(RUBRIC), [item])
    assert plain.levels is not None
    return attack.on(item, RUBRIC, target_levels(RUBRIC, plain.levels))


def succeeded(judge: ItemJudge, attacks: list[Attack]) -> set[str]:
    """Attacks that bring an item other levels than it gets without them."""
    items = [starred_item(number % 6, number) for number in range(len(attacks))]
    plain = judge_all(judge, items)
    under_attack = judge_all(judge, [attacked(attack, item) for attack, item in zip(attacks, items, strict=True)])
    assert all(verdict.levels is not None for verdict in [*plain, *under_attack])
    return {
        attack.id
        for attack, before, after in zip(attacks, plain, under_attack, strict=True)
        if before.levels != after.levels
    }


def test_there_are_at_least_forty_attacks_of_many_kinds_and_in_both_places() -> None:
    assert len(ATTACKS) >= 60
    assert len(BREAKING_OUT) >= 30
    assert len({attack.kind for attack in ATTACKS}) >= 15
    assert min(Counter(attack.place for attack in ATTACKS).values()) >= 20


def test_every_attack_has_a_name_a_text_and_an_aim_of_its_own() -> None:
    for field in ("id", "text", "aim"):
        assert len({getattr(attack, field) for attack in ATTACKS}) == len(ATTACKS)


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


def test_no_attack_moves_a_model_that_obeys_what_stands_outside_the_fence() -> None:
    assert succeeded(ObedientPointwise(RUBRIC), list(ATTACKS)) == set()


def test_without_defusing_every_attack_that_breaks_out_succeeds() -> None:
    assert succeeded(TagsAlone(RUBRIC), list(ATTACKS)) == {attack.id for attack in BREAKING_OUT}


def test_without_a_fence_every_attack_succeeds() -> None:
    assert succeeded(NoFence(RUBRIC), list(ATTACKS)) == {attack.id for attack in ATTACKS}
