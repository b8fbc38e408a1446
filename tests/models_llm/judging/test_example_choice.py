from __future__ import annotations

import numpy as np

from models_llm.judging import Decided, choose_balanced


def choose(decided: list[Decided], n: int, seed: int = 0) -> list[Decided]:
    return [decided[at] for at in choose_balanced(decided, n, np.random.default_rng(seed))]


def decided(levels: tuple[int, ...], rank: int = 0, group: str = "") -> Decided:
    choose_group = group or f"{levels} {rank} {next(_numbers)}"
    return Decided(levels, rank, choose_group)


_numbers = iter(range(1000))


def test_every_level_is_shown_before_one_is_shown_twice() -> None:
    items = [decided((0, 0)) for _ in range(50)] + [decided((1, 0)), decided((0, 2)), decided((2, 1))]
    chosen = choose(items, 4)
    assert {one.levels[0] for one in chosen} == {0, 1, 2}
    assert {one.levels[1] for one in chosen} == {0, 1, 2}


def test_the_surer_decision_counts_among_those_that_show_as_much() -> None:
    chosen = choose([decided((0,), 2), decided((0,), 0), decided((1,), 1), decided((1,), 2)], 2)
    assert sorted((one.levels[0], one.rank) for one in chosen) == [(0, 0), (1, 1)]


def test_of_a_group_one_item_is_chosen() -> None:
    assert len(choose([decided((level,), group="g") for level in range(5)], 5)) == 1


def test_the_seed_decides_among_equals() -> None:
    items = [decided((0,)) for _ in range(40)]
    assert choose(items, 4, seed=1) == choose(items, 4, seed=1)
    assert choose(items, 4, seed=1) != choose(items, 4, seed=2)


def test_fewer_are_chosen_where_there_are_fewer() -> None:
    assert choose([], 4) == []
    assert len(choose([decided((0,))], 4)) == 1
