from __future__ import annotations

from annotations.allocation import free_place, state_with
from annotations.choices import QueueState


def test_the_lowest_free_place_is_given() -> None:
    assert free_place(set(), 3) == 0
    assert free_place({0, 2}, 3) == 1


def test_no_place_is_free_when_all_are_held() -> None:
    assert free_place({0, 1, 2}, 3) is None
    assert free_place({1, 2}, 2) is None  # three places there were once


def test_an_item_is_full_exactly_when_every_place_is_taken() -> None:
    assert [state_with(n, 2) for n in (0, 1, 2)] == [QueueState.OPEN, QueueState.OPEN, QueueState.FULL]
