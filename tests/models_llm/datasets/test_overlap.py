"""Reading beside writing: order, errors on either side, and no endless source read into memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

import pytest

from models_llm.datasets.overlap import WAITING_AT_MOST, consume_beside


def test_elements_come_in_order_and_the_result_comes_back() -> None:
    assert consume_beside(range(1000), list) == list(range(1000))
    assert consume_beside([], list) == []


def test_an_error_of_the_source_ends_the_consumer_and_is_raised() -> None:
    seen: list[int] = []

    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        consume_beside(broken(), seen.extend)
    assert seen == [1]


def test_an_error_of_the_consumer_stops_an_endless_source() -> None:
    numbers = count()

    def fail(elements: Iterator[int]) -> None:
        assert list(islice(elements, 3)) == [0, 1, 2]
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        consume_beside(numbers, fail)
    # Three were taken, some wait in the queue, and one was in hand when the consumer ended.
    assert next(numbers) <= 3 + WAITING_AT_MOST + 1
