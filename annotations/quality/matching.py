"""When an answer is the same as what is known, or as what another said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotations.estimation import IntArray
from annotations.quality.signal import Signal, share
from annotations.rubrics import MISSING
from annotations.sentences import sentence as _

NO_GOLD = _("no answer on gold yet")


def as_levels(rows: Sequence[Sequence[int | None]], n_criteria: int) -> IntArray:
    """(n, n_criteria); level positions with `MISSING` for null."""
    filled = [[MISSING if level is None else level for level in row] for row in rows]
    return np.array(filled, dtype=np.int64).reshape(len(rows), n_criteria)


def matches(said: IntArray, known: IntArray) -> NDArray[np.bool_]:
    """Whether an answer is the same on every criterion that is known, and something is known.

    Args:
        said, known: (n, n_criteria) level positions, `MISSING` where there is none.
    """
    is_known = known != MISSING
    same: NDArray[np.bool_] = ((said == known) | ~is_known).all(axis=1) & is_known.any(axis=1)
    return same


def is_hit(said: Sequence[int | None], known: Sequence[int | None]) -> bool | None:
    """Whether one answer is right on every criterion that gold knows; None where gold knows nothing."""
    pairs = [(one, other) for one, other in zip(said, known, strict=True) if other is not None]
    return all(one == other for one, other in pairs) if pairs else None


def errs(said: IntArray, known: IntArray) -> NDArray[np.bool_]:
    """(n, n_criteria); where something is said that is known to be wrong."""
    wrong: NDArray[np.bool_] = (said != MISSING) & (known != MISSING) & (said != known)
    return wrong


def gold_accuracy(said: IntArray, known: IntArray) -> Signal:
    """Share of answers on gold that are right on every criterion that gold knows, with Wilson's interval."""
    counted = (known != MISSING).any(axis=1)
    return share(int(matches(said, known).sum()), int(counted.sum()), reason=NO_GOLD)


def gold_accuracy_by_criterion(said: IntArray, known: IntArray) -> tuple[Signal, ...]:
    """For each criterion, the share of answers that are right where gold knows it."""
    is_known = known != MISSING
    return tuple(
        share(int((said == known)[is_known[:, i], i].sum()), int(is_known[:, i].sum()), reason=NO_GOLD)
        for i in range(known.shape[1])
    )
