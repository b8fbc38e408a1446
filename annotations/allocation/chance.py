"""How likely an item was to be selected by any of several draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from annotations.allocation.inclusion import FloatArray, IntArray


class Chances(NamedTuple):
    """Probabilities by item; `stream` as `stream_of` names it."""

    stream: str
    ids: IntArray
    probabilities: FloatArray


def chance_of_any(draws: Iterable[Chances]) -> tuple[IntArray, FloatArray]:
    """Ids of all items that could be drawn, sorted, and how likely each was to be selected at least once.

    Draws of one stream hold each other: the likelier one selects whatever the other does, so its probability counts.
    Streams are independent.

    Formula: 1 - Π over streams (1 - max within the stream). Where one stream alone could draw an item, its probability
        comes back as it went in, to the last bit.
    """
    by_stream: dict[str, list[Chances]] = {}
    for draw in draws:
        by_stream.setdefault(draw.stream, []).append(draw)
    every = [draw.ids for of_stream in by_stream.values() for draw in of_stream]
    ids = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *every]))
    chances = np.zeros(len(ids))
    for of_stream in by_stream.values():
        likeliest = np.zeros(len(ids))
        for draw in of_stream:
            at = np.searchsorted(ids, draw.ids)
            likeliest[at] = np.maximum(likeliest[at], draw.probabilities)
        chances += likeliest * (1 - chances)
    return ids, chances
