from __future__ import annotations

import numpy as np
import pytest

from annotations.allocation import Chances, Plan, Pool, chance_of_any, draw_items, generator_of, stream_of
from annotations.choices import Order


def test_independent_draws_each_add_their_chance() -> None:
    # Item 2: 1 - .5 · .8.
    ids, chances = chance_of_any(
        [Chances("a", np.array([1, 2]), np.array([0.5, 0.5])), Chances("b", np.array([2, 3]), np.array([0.2, 0.1]))]
    )
    assert ids.tolist() == [1, 2, 3]
    assert chances == pytest.approx([0.5, 0.6, 0.1])


def test_a_larger_sample_of_the_same_stream_takes_the_place_of_the_smaller() -> None:
    ids = np.array([1, 2])
    _, chances = chance_of_any([Chances("a", ids, np.full(2, 0.5)), Chances("a", ids, np.full(2, 0.75))])
    assert chances.tolist() == [0.75, 0.75]


def test_the_chance_of_one_draw_alone_is_its_own_to_the_last_bit() -> None:
    # 1 - (1 - .1) is another number.
    _, chances = chance_of_any(
        [Chances("a", np.array([1]), np.array([0.1])), Chances("b", np.array([2, 3]), np.array([0.3, 1.0]))]
    )
    assert chances.tolist() == [0.1, 0.3, 1.0]


def test_no_draw_gives_nobody_a_chance() -> None:
    ids, chances = chance_of_any([])
    assert (ids.tolist(), chances.tolist()) == ([], [])


def test_items_are_selected_by_any_of_three_draws_as_often_as_it_says() -> None:
    pool = Pool(ids=np.arange(8), scores=np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 3.0]))
    plans = [Plan(2), Plan(3), Plan(2, Order.UNCERTAINTY, 0.3)]
    n_trials, counts = 1500, np.zeros(8)
    for seed in range(n_trials):
        draws = [draw_items(pool, plan, rng=generator_of(stream_of(pool, plan, seed))) for plan in plans]
        counts[np.unique(np.concatenate([draw.indices for draw in draws]))] += 1
    _, chances = chance_of_any(
        Chances(stream_of(pool, plan, 1), pool.ids, draw.probabilities)
        for plan, draw in zip(plans, draws, strict=True)
    )  # fmt: skip
    error = np.sqrt(chances * (1 - chances) / n_trials)
    assert np.all(np.abs(counts / n_trials - chances) <= 5 * error + 1e-9)
