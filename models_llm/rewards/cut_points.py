"""From a value to a distribution over the levels of an ordered criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

FloatArray = NDArray[np.float64]

_PRIOR: Final = 0.5
"""Observations that every level is given beside the real ones: one that was never seen keeps a little probability."""


@dataclass(frozen=True)
class CutPoints:
    """A cumulative logit model: P(tier <= k | value f) = sigmoid(cuts[k] - slope f).

    Attributes:
        slope: at least 0, so a higher value never makes a lower tier likelier.
        cuts: ascending, one fewer than there are tiers.
    """

    slope: float
    cuts: tuple[float, ...]

    def shares(self, values: FloatArray) -> FloatArray:
        """Probabilities of the tiers, lowest first: (n_items, n_tiers), rows summing to 1."""
        at_most = _sigmoid(np.array(self.cuts)[None, :] - self.slope * np.asarray(values, dtype=np.float64)[:, None])
        padded = np.pad(at_most, ((0, 0), (1, 1)), constant_values=(0.0, 1.0))
        padded[:, 0] = 0.0
        padded[:, -1] = 1.0
        return np.diff(padded, axis=1).clip(min=0.0)


def fit_cut_points(values: Sequence[float], tiers: Sequence[int], *, n_tiers: int) -> CutPoints:
    """The likeliest cut points for values whose tiers are known.

    Args:
        values: f(y) of items that the values were not trained on.
        tiers: 0 is the lowest, below `n_tiers`.
    Formula: maximum likelihood of the cumulative logit model with half an observation of every tier at the mean value.
    Source: McCullagh 1980, Regression models for ordinal data; with two tiers it is Platt's map.
    """
    mean = float(np.mean(values)) if len(values) else 0.0
    spread = (float(np.std(values)) if len(values) else 0.0) or 1.0
    scaled = np.concatenate([(np.asarray(values, dtype=np.float64) - mean) / spread, np.zeros(n_tiers)])
    wanted = np.concatenate([np.asarray(tiers, dtype=np.int64), np.arange(n_tiers)])
    weights = np.concatenate([np.ones(len(values)), np.full(n_tiers, _PRIOR)])

    def model(parameters: FloatArray) -> CutPoints:
        steps = np.concatenate([parameters[1:2], np.exp(parameters[2:])])
        return CutPoints(float(np.exp(parameters[0])), tuple(np.cumsum(steps).tolist()))

    def loss(parameters: FloatArray) -> float:
        shares = model(parameters).shares(scaled)[np.arange(len(wanted)), wanted]
        # A weak pull on the slope: where values order the tiers without a fault, it would grow for ever.
        return float(-(weights * np.log(shares.clip(min=1e-12))).sum() + 0.01 * parameters[0] ** 2)

    start = np.zeros(n_tiers)
    start[1] = -(n_tiers - 2) / 2
    fitted = model(minimize(loss, start, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-5}).x)
    # Undo the scaling: slope (f - mean) / spread against the cuts.
    slope = fitted.slope / spread
    return CutPoints(slope, tuple(cut + slope * mean for cut in fitted.cuts))


def _sigmoid(x: FloatArray) -> FloatArray:
    result: Any = np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))
    return np.asarray(result, dtype=np.float64)
