"""Drawing the items that people are asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Order = Literal["random", "given"]


@dataclass(frozen=True)
class Draw:
    """Which items were drawn, in the order in which people are asked, and how likely each was to be drawn."""

    indices: NDArray[np.int64]
    probability: float


def draw_items(n_items: int, *, n: int | None, order: Order, rng: np.random.Generator) -> Draw:
    """All items, or a simple random sample without replacement.

    The sample is the head of a random permutation. So with the same seed and the same items a larger `n` keeps
    every item of the smaller one, and a queue of which only the head was worked off is itself a simple random sample.

    Args:
        n_items: items to draw from.
        n: items wanted; None, or more than there are, means all.
        order: "random", or "given" to ask in the order of the items.
    Returns: indices in 0..n_items-1, and the inclusion probability n / n_items of every item; nan without items.
    Raises: ValueError, if `n` is below 1.
    """
    if n is not None and n < 1:
        raise ValueError(f"expected a sample of at least one item, got {n}")
    n_drawn = n_items if n is None else min(n, n_items)
    indices = rng.permutation(n_items)[:n_drawn].astype(np.int64)
    if order == "given":
        indices.sort()
    return Draw(indices=indices, probability=n_drawn / n_items if n_items else float("nan"))
