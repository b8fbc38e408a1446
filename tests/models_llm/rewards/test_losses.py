from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from models_llm.rewards import listwise_loss, pairwise_loss
from tests.models_llm.engines.tiny_model import skip_without_transformers

LOSSES: list[Callable[..., Any]] = [listwise_loss, pairwise_loss]


def loss(kind: Callable[..., Any], values: list[float], tiers: list[int], weights: list[float] | None = None) -> float:
    skip_without_transformers()
    import torch

    given = torch.tensor(values, dtype=torch.float64)
    return float(kind(given, torch.tensor(tiers), torch.tensor(weights or [1.0] * len(values))))


def test_the_listwise_loss_sets_each_item_against_all_that_are_below_it() -> None:
    # One Superior (f = 1), two Average (0 and 0.5), one Bad (-1):
    # S: -log(e^1 / (e^1 + e^0 + e^.5 + e^-1)), each A: -log(e^f / (e^f + e^-1)); the Bad one has nothing below it.
    superior = -math.log(math.e / (math.e + 1 + math.exp(0.5) + math.exp(-1)))
    average = -math.log(1 / (1 + math.exp(-1))) - math.log(math.exp(0.5) / (math.exp(0.5) + math.exp(-1)))
    assert loss(listwise_loss, [1.0, 0.0, 0.5, -1.0], [2, 1, 1, 0]) == pytest.approx(superior + average)


def test_the_pairwise_loss_is_that_of_every_ordered_pair() -> None:
    # Pairs: 2 over 0 and 2 over -1, each -log sigmoid(difference); the two lower ones are of one tier.
    expected = math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-3))
    assert loss(pairwise_loss, [2.0, 0.0, -1.0], [1, 0, 0]) == pytest.approx(expected)


def test_both_losses_agree_on_a_single_pair() -> None:
    assert loss(listwise_loss, [0.3, -0.2], [1, 0]) == pytest.approx(loss(pairwise_loss, [0.3, -0.2], [1, 0]))


@pytest.mark.parametrize("kind", LOSSES)
def test_a_group_of_one_tier_costs_nothing(kind: Callable[..., Any]) -> None:
    assert loss(kind, [3.0, -2.0, 0.0], [1, 1, 1]) == 0


@pytest.mark.parametrize("kind", LOSSES)
def test_only_differences_of_values_count(kind: Callable[..., Any]) -> None:
    values, tiers = [0.4, -1.0, 2.0, 0.1], [0, 2, 1, 0]
    assert loss(kind, [value + 7 for value in values], tiers) == pytest.approx(loss(kind, values, tiers))


@pytest.mark.parametrize("kind", LOSSES)
def test_the_weight_is_that_of_the_item_that_should_come_first(kind: Callable[..., Any]) -> None:
    values, tiers = [0.4, -1.0, 2.0], [1, 1, 0]
    first, second = loss(kind, values, tiers, [1.0, 0.0, 9.0]), loss(kind, values, tiers, [0.0, 1.0, 9.0])
    assert loss(kind, values, tiers, [2.0, 3.0, 0.0]) == pytest.approx(2 * first + 3 * second)


@pytest.mark.parametrize("kind", LOSSES)
def test_far_values_neither_overflow_nor_lose_their_order(kind: Callable[..., Any]) -> None:
    right, wrong = loss(kind, [1e4, -1e4], [1, 0]), loss(kind, [-1e4, 1e4], [1, 0])
    assert right == 0
    assert wrong == pytest.approx(2e4)
