"""Lots: numbers in 0..1 that look random and can be drawn again by anybody who knows the seed."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import md5
from typing import Final

_BITS: Final = 52


def lot(seed: int, what: str, *parts: int) -> float:
    """A number in [0, 1), uniform over the parts; the database's `annotations_lot` gives the same.

    Args:
        seed: of the policy.
        what: the question that is decided, so that the lots of two questions are independent.
        parts: ids of whom and what it is about.
    """
    text = "/".join((str(seed), what, *map(str, parts)))
    digits = md5(text.encode(), usedforsecurity=False).hexdigest()[: _BITS // 4]
    return float(int(digits, 16) / 2**_BITS)


def in_lot_order(seed: int, what: str, rater: int, items: Iterable[int]) -> tuple[int, ...]:
    """The items in an order of the rater's own, every order equally likely."""
    return tuple(sorted(items, key=lambda item: (lot(seed, what, rater, item), item)))
