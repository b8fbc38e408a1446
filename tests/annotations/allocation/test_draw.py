from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from annotations.allocation import (
    DIRECTED,
    Plan,
    Pool,
    draw_items,
    generator_of,
    probabilities_of,
    stream_of,
)
from annotations.choices import Order
from annotations.errors import DrawError

SCORES = np.array([0.0, 0.1, 0.1, 0.2, 0.4, 0.4, 0.9, 3.0, np.nan, 0.2, 0.3, 0.05])
GROUPS = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 0])


def pool(n: int, scores: ArrayLike | None = None, groups: ArrayLike | None = None) -> Pool:
    return Pool(
        ids=np.arange(100, 100 + n),
        scores=None if scores is None else np.array(scores, dtype=np.float64),
        groups=None if groups is None else np.array(groups),
    )


def drawn(n_items: int, n: int | None, seed: int, order: Order = Order.RANDOM) -> list[int]:
    return draw_items(pool(n_items), Plan(n, order), rng=np.random.default_rng(seed)).indices.tolist()


def test_all_items_are_drawn_once_with_probability_one() -> None:
    draw = draw_items(pool(10), Plan(None), rng=np.random.default_rng(1))
    assert sorted(draw.indices.tolist()) == list(range(10))
    assert draw.probabilities.tolist() == [1.0] * 10


def test_a_sample_has_no_item_twice_and_probability_n_over_n_items() -> None:
    draw = draw_items(pool(400), Plan(100), rng=np.random.default_rng(1))
    assert len(set(draw.indices.tolist())) == 100
    assert draw.probabilities.tolist() == [0.25] * 400


def test_the_same_seed_draws_the_same_items_in_the_same_order() -> None:
    assert drawn(1000, 50, seed=7) == drawn(1000, 50, seed=7)
    assert drawn(1000, 50, seed=7) != drawn(1000, 50, seed=8)


def test_a_larger_sample_of_the_same_seed_starts_with_the_smaller_one() -> None:
    assert drawn(1000, 80, seed=7)[:50] == drawn(1000, 50, seed=7)


def test_given_order_asks_in_the_order_of_the_items() -> None:
    assert drawn(5, None, seed=3, order=Order.GIVEN) == [0, 1, 2, 3, 4]
    sample = drawn(100, 20, seed=3, order=Order.GIVEN)
    assert sample == sorted(sample)
    assert set(sample) == set(drawn(100, 20, seed=3))


def test_priority_asks_from_the_highest_on_and_the_unknown_last() -> None:
    draw = draw_items(
        pool(5, [1, 5, np.nan, 3, 2]), Plan(None, Order.PRIORITY, 0.5), rng=np.random.default_rng(3)
    )  # fmt: skip
    assert draw.indices.tolist() == [1, 3, 4, 0, 2]


def test_more_than_there_are_means_all() -> None:
    assert sorted(drawn(3, 9, seed=0)) == [0, 1, 2]


def test_nothing_to_draw_from_draws_nothing() -> None:
    draw = draw_items(pool(0), Plan(5), rng=np.random.default_rng(0))
    assert (draw.indices.tolist(), draw.probabilities.tolist()) == ([], [])


def test_a_sample_of_no_item_is_refused() -> None:
    with pytest.raises(DrawError, match="at least one item"):
        draw_items(pool(10), Plan(0), rng=np.random.default_rng(0))


def test_fewer_items_than_the_floors_are_refused() -> None:
    # 2 of each of three values, of which one has but one item: 2 + 2 + 1.
    groups = [0, 0, 0, 1, 1, 1, 2]
    with pytest.raises(DrawError, match="expected at least 5 items, for 2 of each of 3 slice values, got 4"):
        probabilities_of(pool(7, groups=groups), Plan(4, least=2))
    assert probabilities_of(pool(7, groups=groups), Plan(5, least=2)).sum() == pytest.approx(5)


PLANS = [
    Plan(3),
    Plan(4, Order.GIVEN),
    Plan(5, least=1),
    Plan(7, least=2),
    *(Plan(4, order, 0.2) for order in DIRECTED),
    Plan(6, Order.UNCERTAINTY, 0.1, least=1),
    Plan(9, Order.DISAGREEMENT, 0.3, least=2),
    Plan(12, Order.UNCERTAINTY, 0.2, least=1),
]


@pytest.mark.parametrize("plan", PLANS, ids=repr)
def test_probabilities_are_above_zero_and_sum_to_the_size_of_the_sample(plan: Plan) -> None:
    probabilities = probabilities_of(pool(12, SCORES, GROUPS), plan)
    assert probabilities.sum() == pytest.approx(plan.n)
    assert np.all((probabilities > 0) & (probabilities <= 1))


@pytest.mark.parametrize("plan", PLANS, ids=repr)
def test_every_item_is_drawn_as_often_as_its_probability_says(plan: Plan) -> None:
    # Of T draws an item is in binomial(T, p); with 12 items and 13 plans, five standard errors either side.
    n_trials, counts, rng = 2000, np.zeros(12), np.random.default_rng(11)
    known = pool(12, SCORES, GROUPS)
    for _ in range(n_trials):
        indices = draw_items(known, plan, rng=rng).indices
        assert len(set(indices.tolist())) == plan.n
        counts[indices] += 1
    probabilities = probabilities_of(known, plan)
    error = np.sqrt(probabilities * (1 - probabilities) / n_trials)
    assert np.all(np.abs(counts / n_trials - probabilities) <= 5 * error + 1e-9)


@pytest.mark.parametrize("plan", PLANS, ids=repr)
def test_floors_hold_in_every_draw(plan: Plan) -> None:
    rng = np.random.default_rng(2)
    sizes = np.bincount(GROUPS)
    for _ in range(50):
        indices = draw_items(pool(12, SCORES, GROUPS), plan, rng=rng).indices
        assert np.all(np.bincount(GROUPS[indices], minlength=3) >= np.minimum(sizes, plan.least))


def test_a_mean_weighted_by_the_probabilities_is_that_of_all_items() -> None:
    # Horvitz-Thompson: Σ y/p over the sample is unbiased for Σ y. Its mean over T draws has the standard error that the
    # draws themselves show; four of them.
    values = np.array([0.0, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0, 1])
    known, plan, rng = pool(12, SCORES, GROUPS), Plan(6, Order.UNCERTAINTY, 0.2, least=1), np.random.default_rng(5)
    totals = []
    for _ in range(4000):
        draw = draw_items(known, plan, rng=rng)
        totals.append(float((values[draw.indices] / draw.probabilities[draw.indices]).sum()))
    error = np.std(totals) / np.sqrt(len(totals))
    assert abs(np.mean(totals) - values.sum()) < 4 * error


def test_a_directed_draw_mixes_an_even_share_with_one_by_score() -> None:
    # 0.2 · 2/4 + 0.8 · 2 · u / 10 for the scores 1, 2, 3, 4.
    probabilities = probabilities_of(pool(4, [1, 2, 3, 4]), Plan(2, Order.UNCERTAINTY, 0.2))
    assert probabilities == pytest.approx([0.26, 0.42, 0.58, 0.74])


def test_an_item_of_unknown_score_counts_as_the_mean_and_one_below_zero_as_zero() -> None:
    probabilities = probabilities_of(pool(4, [np.nan, 1, 3, -8]), Plan(1, Order.DISAGREEMENT, 0.25))
    # The mean of 1, 3 and 0 is 4/3: sizes .25 + .75 · (1, .75, 2.25, 0), a quarter of each.
    assert probabilities == pytest.approx([0.25, 0.203125, 0.484375, 0.0625])


def test_what_is_cut_off_at_one_is_spread_over_the_others() -> None:
    # Sizes .1 + .9 u / 1: of u = (3.4, .2, .2, .2) the first gets 2 · 3.16 / 4 > 1, the others one item in three.
    probabilities = probabilities_of(pool(4, [3.4, 0.2, 0.2, 0.2]), Plan(2, Order.UNCERTAINTY, 0.1))
    assert probabilities == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3])


# --- streams


def test_one_seed_and_pool_give_one_draw_and_another_of_either_gives_another() -> None:
    plan, known = Plan(5, Order.UNCERTAINTY, 0.2), pool(12, SCORES, GROUPS)

    def selects(of: Pool, how: Plan, seed: int) -> list[int]:
        return draw_items(of, how, rng=generator_of(stream_of(of, how, seed))).indices.tolist()

    assert selects(known, plan, 3) == selects(pool(12, SCORES, GROUPS), plan, 3)
    streams = {
        stream_of(known, plan, 3),
        stream_of(known, plan, 4),
        stream_of(known, Plan(6, Order.UNCERTAINTY, 0.2), 3),
        stream_of(pool(12, np.flip(SCORES), GROUPS), plan, 3),
        stream_of(pool(11, SCORES[:11], GROUPS[:11]), plan, 3),
    }
    assert len(streams) == 5


def test_plain_samples_of_all_sizes_are_of_one_stream() -> None:
    known = pool(12, SCORES)
    assert stream_of(known, Plan(3), 1) == stream_of(pool(12), Plan(7, Order.GIVEN), 1)
    assert stream_of(known, Plan(3), -1) != stream_of(known, Plan(3), 1)
