"""How far people follow a judge because it is shown: what the lots of the modes make measurable.

Whether a verdict is shown was drawn by lot, so whoever follows it more where it is shown does so because it is shown.
The intervals are over those lots: they speak of these people and these items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotations.estimation import FloatArray, IntArray, newcombe_interval, wilson_interval
from annotations.quality.signal import LEVEL, Signal, share, undefined
from annotations.sentences import sentence as _

FEWEST_TURNS: Final = 30
"""Turns of each kind below which a difference is said to be uncertain: its interval is still wider than ±0.25."""


@dataclass(frozen=True)
class ModeTurns:
    """Turns at items of which a verdict was shown, or would have been had the lot fallen otherwise.

    Attributes:
        rater: (n,) id of the annotator.
        is_shown: (n,) whether the verdict stood beside the item.
        probability: (n,) chance that it would be as it was: shown where it was shown, not shown where it was not.
        follows: (n,) whether the first answer is the verdict's.
    """

    rater: IntArray
    is_shown: NDArray[np.bool_]
    probability: FloatArray
    follows: NDArray[np.bool_]

    def of(self, rater: int) -> ModeTurns:
        rows = self.rater == rater
        return ModeTurns(self.rater[rows], self.is_shown[rows], self.probability[rows], self.follows[rows])


@dataclass(frozen=True)
class Reliance:
    """Following a verdict that is shown, beside saying the same where it is not.

    Attributes:
        shown: share that follows it where it is shown.
        unseen: share that says the same where it is not shown.
        difference: shown less unseen; above 0 the sight of it moves people towards it.
        missing_shown, missing_unseen: turns that are wanting before the difference can be relied on.
    """

    shown: Signal
    unseen: Signal
    difference: Signal
    missing_shown: int
    missing_unseen: int


@dataclass(frozen=True)
class SecondLooks:
    """What became of first answers that differed from the verdict which was revealed afterwards.

    Attributes:
        switched: share that was revised to agree with the verdict on more criteria than before.
        n_kept: answers that were kept, in so many words.
        n_undecided: neither kept nor revised; they count as not switched.
    """

    switched: Signal
    n_kept: int
    n_undecided: int


def reliance(turns: ModeTurns) -> Reliance:
    """The difference that the sight of a verdict makes.

    Each turn weighs the inverse of its chance, so that both shares are of all items whatever the policies of the time.
    The interval is Newcombe's; with unequal weights it takes the effective number of turns, (Σw)² / Σw² (Kish 1965).
    """
    shown, n_shown = _weighted(turns, turns.is_shown)
    unseen, n_unseen = _weighted(turns, ~turns.is_shown)
    missing = (max(FEWEST_TURNS - shown.n, 0), max(FEWEST_TURNS - unseen.n, 0))
    if not (shown.n and unseen.n):
        reason = _("no turn with the verdict shown") if not shown.n else _("no turn with the verdict not shown")
        return Reliance(shown, unseen, undefined(reason, shown.n + unseen.n), *missing)
    interval = newcombe_interval(shown.value, n_shown, unseen.value, n_unseen, level=LEVEL)
    difference = Signal(
        shown.value - unseen.value, interval.low, interval.high, shown.n + unseen.n,
        doubt=_("too few turns") if any(missing) else None,
    )  # fmt: skip
    return Reliance(shown, unseen, difference, *missing)


def _weighted(turns: ModeTurns, rows: NDArray[np.bool_]) -> tuple[Signal, float]:
    """A weighted share, and the effective number of turns behind it."""
    n = int(rows.sum())
    if not n:
        return undefined(_("no turn")), 0.0
    weights = 1 / turns.probability[rows]
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    value = float(weights @ turns.follows[rows] / weights.sum())
    interval = wilson_interval(value * effective, effective, level=LEVEL)
    return Signal(value, interval.low, interval.high, n), effective


def second_looks(
    before: IntArray, after: IntArray, *, is_kept: NDArray[np.bool_], is_revised: NDArray[np.bool_]
) -> SecondLooks:
    """What became of first answers once a verdict that differed was revealed.

    Args:
        before: (n,) criteria on which the first answer was the verdict's, of turns where not all were.
        after: (n,) the same of the second look; what it was before where there was none.
        is_kept, is_revised: (n,) what the annotator decided.
    """
    switched = is_revised & (after > before)
    return SecondLooks(
        switched=share(int(switched.sum()), len(before), reason=_("no verdict was revealed that differed")),
        n_kept=int(is_kept.sum()),
        n_undecided=int((~is_kept & ~is_revised).sum()),
    )
