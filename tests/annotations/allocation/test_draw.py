from __future__ import annotations

import numpy as np
import pytest

from annotations.allocation import Order, draw_items


def drawn(n_items: int, n: int | None, seed: int, order: Order = "random") -> list[int]:
    return draw_items(n_items, n=n, order=order, rng=np.random.default_rng(seed)).indices.tolist()


def test_all_items_are_drawn_once_with_probability_one() -> None:
    draw = draw_items(10, n=None, order="random", rng=np.random.default_rng(1))
    assert sorted(draw.indices.tolist()) == list(range(10))
    assert draw.probability == 1.0


def test_a_sample_has_no_item_twice_and_probability_n_over_n_items() -> None:
    draw = draw_items(400, n=100, order="random", rng=np.random.default_rng(1))
    assert len(set(draw.indices.tolist())) == 100
    assert draw.probability == 0.25


def test_the_same_seed_draws_the_same_items_in_the_same_order() -> None:
    assert drawn(1000, 50, seed=7) == drawn(1000, 50, seed=7)
    assert drawn(1000, 50, seed=7) != drawn(1000, 50, seed=8)


def test_a_larger_sample_of_the_same_seed_starts_with_the_smaller_one() -> None:
    assert drawn(1000, 80, seed=7)[:50] == drawn(1000, 50, seed=7)


def test_given_order_asks_in_the_order_of_the_items() -> None:
    assert drawn(5, None, seed=3, order="given") == [0, 1, 2, 3, 4]
    sample = drawn(100, 20, seed=3, order="given")
    assert sample == sorted(sample)
    assert set(sample) == set(drawn(100, 20, seed=3))


def test_more_than_there_are_means_all() -> None:
    draw = draw_items(3, n=9, order="random", rng=np.random.default_rng(0))
    assert len(draw.indices) == 3
    assert draw.probability == 1.0


def test_nothing_to_draw_from_has_no_probability() -> None:
    draw = draw_items(0, n=5, order="random", rng=np.random.default_rng(0))
    assert draw.indices.tolist() == []
    assert np.isnan(draw.probability)


def test_a_sample_of_no_item_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        draw_items(10, n=0, order="random", rng=np.random.default_rng(0))


def test_every_item_is_as_likely_as_its_probability_says() -> None:
    # 2000 draws of 3 of 12: each count is binomial(2000, 1/4), sd 19.4; five sd either side is 97.
    counts = np.zeros(12)
    rng = np.random.default_rng(11)
    for _ in range(2000):
        counts[draw_items(12, n=3, order="random", rng=rng).indices] += 1
    assert np.all(np.abs(counts - 500) < 97)
