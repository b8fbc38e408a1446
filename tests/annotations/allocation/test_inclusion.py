from __future__ import annotations

import numpy as np
import pytest

from annotations.allocation import inclusion_probabilities, largest_remainder, mixed_sizes, neyman_allocation
from annotations.allocation.inclusion import levelled


def test_scores_that_say_nothing_give_every_item_the_same() -> None:
    assert mixed_sizes(np.zeros(3), 0.2).tolist() == [1, 1, 1]
    assert mixed_sizes(np.full(3, np.nan), 0.2).tolist() == [1, 1, 1]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [1, 7, 39, 40])
def test_probabilities_sum_to_n_whatever_the_sizes(seed: int, n: int) -> None:
    sizes = np.random.default_rng(seed).lognormal(sigma=3, size=40)
    probabilities = inclusion_probabilities(sizes, n)
    assert probabilities.sum() == pytest.approx(n)
    assert np.all((probabilities > 0) & (probabilities <= 1))
    below = probabilities < 1
    if below.any():  # still in proportion to the sizes
        assert np.ptp(probabilities[below] / sizes[below]) == pytest.approx(0, abs=1e-9)


def test_neyman_divides_by_size_and_spread() -> None:
    # 100 · .1, 100 · .3 and 200 · .3 are as 1 : 3 : 6.
    assert neyman_allocation(np.array([100, 100, 200]), np.array([0.1, 0.3, 0.3]), 50, 0).tolist() == [5, 15, 30]


def test_floors_and_sizes_bound_the_allocation_and_the_rest_is_spread() -> None:
    # Of 30 the first would have 1, has its floor of 6; the last has only 4; 20 are left for the one between.
    assert neyman_allocation(np.array([50, 100, 4]), np.array([0.02, 0.3, 9.0]), 30, 6).tolist() == [6, 20, 4]


def test_groups_without_any_spread_are_drawn_by_their_size() -> None:
    assert neyman_allocation(np.array([10, 30]), np.zeros(2), 8, 0).tolist() == [2, 6]


@pytest.mark.parametrize("seed", range(20))
def test_allocations_are_whole_sum_up_and_stay_within_their_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes, spreads, least = rng.integers(1, 60, size=9), rng.gamma(0.4, size=9), int(rng.integers(0, 5))
    low = np.minimum(sizes, least)
    for n in rng.integers(low.sum(), sizes.sum() + 1, size=10):
        allocation = neyman_allocation(sizes, spreads, int(n), least)
        assert allocation.sum() == n
        assert np.all((low <= allocation) & (allocation <= sizes))


def test_the_largest_remainders_are_rounded_up_until_the_sum_is_right() -> None:
    assert largest_remainder(np.array([1.2, 3.7, 2.6, 0.5]), 8).tolist() == [1, 4, 3, 0]


def test_those_that_had_the_least_come_level_first() -> None:
    # Of 0, 3 and 10 the first two come to 5 with 7 to give; with room for only 4 the first stops there.
    had = np.array([0.0, 3, 10])
    assert levelled(had, np.array([20.0, 20, 20]), 7).tolist() == [5, 2, 0]
    assert levelled(had, np.array([4.0, 20, 20]), 7).tolist() == [4, 3, 0]
    assert levelled(had, np.array([4.0, 1, 1]), 99).tolist() == [4, 1, 1]
