"""The adaptive limit as a function of what it is told."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_llm.engines.openai_http.limit import COST, LEAST_ROUND, START, AdaptiveLimit


def run_round(limit: AdaptiveLimit, latency_s: Callable[[int], float]) -> None:
    """As many answers as end a round, each after what a server with so many open requests takes."""
    generation = limit.generation
    while limit.generation == generation:
        limit.answered(latency_s(limit.value), generation=generation, filled=True)


def batching(knee: int) -> Callable[[int], float]:
    """A server that answers up to `knee` requests at once, and makes the rest wait."""
    return lambda n_open: max(1.0, n_open / knee)


def test_it_doubles_while_more_open_requests_get_more_done() -> None:
    limit = AdaptiveLimit(least=1, most=1000)
    values = [limit.value]
    for _ in range(4):
        run_round(limit, batching(10_000))
        values.append(limit.value)
    assert values == [START, 32, 64, 128, 256]


@pytest.mark.parametrize("knee", [4, 20, 60, 150])
def test_it_settles_where_more_open_requests_only_wait(knee: int) -> None:
    limit = AdaptiveLimit(least=1, most=1000)
    for _ in range(40):
        run_round(limit, batching(knee))
    seen = []
    for _ in range(20):
        run_round(limit, batching(knee))
        seen.append(limit.value)
    # Steps of an eighth go to and fro over the knee.
    assert knee * 0.7 - 2 <= min(seen) <= max(seen) <= knee * 1.4 + 2


def test_it_follows_a_server_that_becomes_faster_at_many() -> None:
    limit = AdaptiveLimit(least=1, most=1000)
    for _ in range(40):
        run_round(limit, batching(10))
    before = limit.value
    for _ in range(60):
        run_round(limit, batching(100))
    assert before < 20 < 60 < limit.value


def test_it_climbs_while_latency_grows_less_than_what_gets_done() -> None:
    # Twice as many open: latency up by 2**0.5, throughput by 2**0.5 too, more than the 2**COST that they cost.
    limit = AdaptiveLimit(least=1, most=256)
    for _ in range(6):
        run_round(limit, lambda n_open: n_open**0.5)
    assert COST < 0.5
    assert limit.value == 256


def test_an_overload_halves_it_once_for_all_that_were_open_together() -> None:
    limit = AdaptiveLimit(least=3, most=64)
    for _ in range(2):
        run_round(limit, batching(10_000))
    assert limit.value == 64
    generation = limit.generation
    for _ in range(64):
        limit.overloaded(generation=generation)
    assert limit.value == 32
    for _ in range(9):
        limit.overloaded(generation=limit.generation)
    assert limit.value == 3


def test_after_an_overload_it_grows_by_eighths() -> None:
    limit = AdaptiveLimit(least=1, most=256)
    for _ in range(3):
        run_round(limit, batching(10_000))
    limit.overloaded(generation=limit.generation)
    values = [limit.value]
    for _ in range(3):
        run_round(limit, batching(10_000))
        values.append(limit.value)
    assert values == [64, 72, 81, 91]


def test_answers_from_before_the_round_or_below_the_limit_say_nothing() -> None:
    limit = AdaptiveLimit(least=1, most=256)
    for _ in range(10 * LEAST_ROUND):
        limit.answered(1.0, generation=limit.generation - 1, filled=True)
        limit.answered(1.0, generation=limit.generation, filled=False)
    assert limit.value == START


def time_taken(limit: AdaptiveLimit, *, knee: int, n_requests: int, seed: int) -> float:
    """Time that a simulated server takes over requests whose work varies by a third around 1.

    It works on all that are open alike, and on `knee` together as fast as on one.
    """
    work = np.random.default_rng(seed).gamma(9.0, 1 / 9.0, n_requests).tolist()
    now = done_each = 0.0
    opened: list[tuple[float, float, int, bool]] = []
    while work or opened:
        while work and len(opened) < limit.value:
            filled = len(opened) + 1 >= limit.value
            heapq.heappush(opened, (done_each + work.pop(), now, limit.generation, filled))
        speed = min(1.0, knee / len(opened))
        until, began, generation, filled = heapq.heappop(opened)
        now += (until - done_each) / speed
        done_each = until
        limit.answered(now - began, generation=generation, filled=filled)
    return now


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_work_that_varies_it_gets_nearly_done_what_the_best_fixed_limit_would(seed: int) -> None:
    taken = time_taken(AdaptiveLimit(least=4, most=256), knee=64, n_requests=20_000, seed=seed)
    best = time_taken(AdaptiveLimit(least=64, most=64), knee=64, n_requests=20_000, seed=seed)
    assert best == pytest.approx(20_000 / 64, rel=0.02)
    assert best / taken > 0.95


@given(
    least=st.integers(1, 300),
    more=st.integers(0, 300),
    told=st.lists(st.tuples(st.sampled_from(["answered", "overloaded", "late"]), st.floats(0, 1e6)), max_size=400),
)
def test_it_never_leaves_its_bounds(least: int, more: int, told: list[tuple[str, float]]) -> None:
    limit = AdaptiveLimit(least=least, most=least + more)
    for what, latency_s in told:
        if what == "overloaded":
            limit.overloaded(generation=limit.generation)
        else:
            for _ in range(2 * LEAST_ROUND):
                limit.answered(latency_s, generation=limit.generation - (what == "late"), filled=True)
        assert least <= limit.value <= least + more
