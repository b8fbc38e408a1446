"""How much two levels agree: matrices of agreement weights for weighted statistics."""

from __future__ import annotations

from typing import Literal

import numpy as np

from annotations.errors import ScaleError
from annotations.estimation import FloatArray
from annotations.sentences import sentence as _

WeightKind = Literal["nominal", "linear", "quadratic", "ordinal"]


def agreement_weights(kind: WeightKind, n_levels: int) -> FloatArray:
    """Weights between level positions, 1 on the diagonal.

    Args:
        kind: `nominal`, full agreement or none; `linear` and `quadratic`, falling with the distance of the
            positions (Cohen 1968); `ordinal`, falling with the number of pairs of levels between (Gwet 2014).
            Gwet's ordinal weights are not Krippendorff's ordinal metric.
        n_levels: number of declared levels, used or not.
    Returns: (n_levels, n_levels).
    Raises: ScaleError, with fewer than two levels.
    """
    if n_levels < 2:
        raise ScaleError(_("agreement needs a scale of at least 2 levels, got %(n_levels)s", n_levels=n_levels))
    position = np.arange(n_levels, dtype=np.float64)
    distance: FloatArray = np.abs(position[:, None] - position[None, :])
    if kind == "nominal":
        return np.eye(n_levels)
    if kind == "linear":
        return 1 - distance / (n_levels - 1)
    if kind == "quadratic":
        return 1 - (distance / (n_levels - 1)) ** 2
    return 1 - distance * (distance + 1) / (n_levels * (n_levels - 1))


def weights_from_costs(costs: FloatArray) -> FloatArray:
    """Agreement weights of a matrix of costs with 0 on the diagonal; the highest cost is no agreement."""
    weights: FloatArray = 1 - costs / costs.max()
    return weights
