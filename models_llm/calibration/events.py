"""What a judge's probability is of."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from annotations.agreement import pass_positions
from annotations.estimation import FloatArray, IntArray
from annotations.rubrics import MISSING, CriterionSpec


class Event(StrEnum):
    """What a probability is of.

    PASSES where levels pass and fail: that is what a reward and a gate ask. GIVEN_LEVEL elsewhere, as for a preference:
    the level that the judge gave is the one of most people; which level that is differs from item to item.
    """

    PASSES = "passes"
    GIVEN_LEVEL = "given level"


def event_of(criterion: CriterionSpec) -> Event:
    """What is calibrated on a criterion."""
    return Event.PASSES if {0, 1} <= set(pass_positions(criterion).tolist()) else Event.GIVEN_LEVEL


def event_probabilities(criterion: CriterionSpec, levels: IntArray, shares: FloatArray) -> FloatArray:
    """(n,); the probability that a judge gave to the criterion's event.

    A level that neither passes nor fails counts for neither.

    Args:
        levels: (n,) positions that the judge gave, `MISSING` where none.
        shares: (n, n_levels) probabilities of the levels, nan where the judge gave none.
    Returns: nan where there are no shares, no level where the event is the level given, or no share on any level that
        passes or fails.
    """
    probabilities = np.full(len(levels), np.nan)
    if event_of(criterion) is Event.GIVEN_LEVEL:
        given = np.flatnonzero(levels != MISSING)
        probabilities[given] = shares[given, levels[given]]
    else:
        side = pass_positions(criterion)[:-1]
        passing, failing = shares[:, side == 0].sum(axis=1), shares[:, side == 1].sum(axis=1)
        np.divide(passing, passing + failing, out=probabilities, where=passing + failing > 0)
    return probabilities
