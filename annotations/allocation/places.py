"""The places of an item: as many as it has overlap, numbered from 0, each held by one annotator at most."""

from __future__ import annotations

from collections.abc import Collection

from annotations.choices import QueueState


def free_place(taken: Collection[int], overlap: int) -> int | None:
    """The lowest place that nobody holds; None when as many are held as there are.

    Where fewer people are asked than before, places above those that there are may be held while one below is not.
    """
    if len(taken) >= overlap:
        return None
    return next(place for place in range(overlap) if place not in taken)


def state_with(n_taken: int, overlap: int) -> QueueState:
    """State of an item of which `n_taken` places are leased or done."""
    return QueueState.FULL if n_taken >= overlap else QueueState.OPEN
