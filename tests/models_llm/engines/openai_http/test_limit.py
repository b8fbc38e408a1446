"""The adaptive limit as a function of what it is told."""

from __future__ import annotations

from collections.abc import Callable

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
    assert values == [START, 16, 32, 64, 128]


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
    for _ in range(4):
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
    for _ in range(4):
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
            for _ in range(LEAST_ROUND):
                limit.answered(latency_s, generation=limit.generation - (what == "late"), filled=True)
        assert least <= limit.value <= least + more
