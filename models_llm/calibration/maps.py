"""Maps from the probability a judge gives to the probability that it is right, and how each is fitted.

All maps rise: a higher probability never becomes a lower one. Fitting needs scikit-learn, applying does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.special import expit, logit

from annotations.estimation import FloatArray

EDGE: Final = 1e-6
"""Probabilities are kept so far from 0 and 1 that a logarithm of them stays finite."""


@dataclass(frozen=True)
class CalibrationMap:
    """A fitted map.

    Attributes:
        method: a key of `METHODS`, or `none` for leaving probabilities as they are.
        parameters: JSON values; for `platt` slope and intercept on the logit, for `beta` a, b and c, for `isotonic`
            the corners of its steps.
    """

    method: str
    parameters: Mapping[str, Any]

    def apply(self, probabilities: FloatArray) -> FloatArray:
        """Calibrated probabilities (n,) of the judge's (n,)."""
        p = inside(probabilities)
        known = self.parameters
        if self.method == "platt":
            return np.asarray(expit(known["slope"] * logit(p) + known["intercept"]))
        if self.method == "beta":
            return np.asarray(expit(known["a"] * np.log(p) - known["b"] * np.log1p(-p) + known["c"]))
        if self.method == "isotonic":
            return np.asarray(np.interp(p, known["x"], known["y"]))
        return p


UNCHANGED: Final = CalibrationMap("none", {})


@dataclass(frozen=True)
class Method:
    """A way of fitting a map.

    Attributes:
        name: key in `METHODS`.
        label: name for people.
        fewest: items below which it is refused: a map with more freedom needs more of them.
        fit: (probabilities, right) → parameters.
    """

    name: str
    label: str
    fewest: int
    fit: Callable[[FloatArray, FloatArray], dict[str, Any]]


def fit_platt(probabilities: FloatArray, right: FloatArray) -> dict[str, Any]:
    """Logistic regression on the logit: logit q = slope · logit p + intercept.

    The targets are Platt's, (n₊ + 1)/(n₊ + 2) and 1/(n₋ + 2) in place of 1 and 0: where the judge separates right from
    wrong without a fault, the slope stays finite.

    Args:
        probabilities: (n,) as the judge gave them.
        right: (n,) 1 where people say so, else 0; both must occur.
    Source: Platt 1999, section 2.2.
    """
    slope, intercept = _rising_logistic(logit(inside(probabilities))[:, None], right)
    return {"slope": slope, "intercept": intercept}


def fit_beta(probabilities: FloatArray, right: FloatArray) -> dict[str, Any]:
    """Beta calibration: logit q = a · ln p − b · ln(1 − p) + c. Targets as in `fit_platt`.

    Source: Kull, Silva Filho and Flach 2017, section 4.
    """
    p = inside(probabilities)
    a, b, c = _rising_logistic(np.stack([np.log(p), -np.log1p(-p)], axis=1), right)
    return {"a": a, "b": b, "c": c}


def fit_isotonic(probabilities: FloatArray, right: FloatArray) -> dict[str, Any]:
    """The rising step function nearest to what people say, straight between its corners and flat outside them.

    Source: Zadrozny and Elkan 2002.
    """
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(inside(probabilities), right)
    return {"x": fitted.X_thresholds_.tolist(), "y": fitted.y_thresholds_.tolist()}


def inside(probabilities: FloatArray) -> FloatArray:
    """Probabilities between `EDGE` and 1 − `EDGE`."""
    return np.clip(probabilities, EDGE, 1 - EDGE)


def _rising_logistic(features: FloatArray, right: FloatArray) -> tuple[float, ...]:
    """Coefficients, none below 0, then the intercept, of an unpenalised logistic regression with Platt's targets.

    A feature that would lower the map is left out and the rest fitted again; with none left the map is flat.
    """
    from sklearn.linear_model import LogisticRegression

    n_right = right.sum()
    high, low = (n_right + 1) / (n_right + 2), 1 / (len(right) - n_right + 2)
    target = np.where(right == 1, high, low)
    # A target between 0 and 1 is an item counted twice, once on each side.
    sides = np.repeat([1, 0], len(right))
    weights = np.concatenate([target, 1 - target])
    kept = list(range(features.shape[1]))
    while kept:
        rows = np.concatenate([features[:, kept]] * 2)
        model = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(rows, sides, sample_weight=weights)
        lowest = int(model.coef_[0].argmin())
        if model.coef_[0][lowest] >= 0:
            found = dict(zip(kept, model.coef_[0].tolist(), strict=True))
            return (*(found.get(column, 0.0) for column in range(features.shape[1])), float(model.intercept_[0]))
        del kept[lowest]
    return (*(0.0 for _ in range(features.shape[1])), float(logit(target.mean())))


METHODS: Final[Mapping[str, Method]] = {
    method.name: method
    for method in (
        Method("platt", "Platt", 50, fit_platt),
        Method("beta", "Beta", 50, fit_beta),
        Method("isotonic", "Isotonic", 1000, fit_isotonic),
    )
}
