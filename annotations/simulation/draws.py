"""Drawing from plain sequences with a generator that was passed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]


def pick_some(rng: np.random.Generator, options: Sequence[T], n: int) -> list[T]:
    """`n` different options in random order; all of them where there are fewer."""
    return [options[int(i)] for i in rng.permutation(len(options))[:n]]
