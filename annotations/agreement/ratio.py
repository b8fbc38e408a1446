"""The quotient every statistic ends in."""

from __future__ import annotations

import numpy as np

from annotations.estimation import FloatArray


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Quotient of two arrays, nan where the denominator is 0: undefined, not an error and not 0."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    undefined = np.full(numerator.shape, np.nan)
    quotient: FloatArray = np.divide(numerator, denominator, out=undefined, where=denominator != 0)
    return quotient
