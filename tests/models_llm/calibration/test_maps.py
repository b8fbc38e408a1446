from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

from models_llm.calibration import METHODS, UNCHANGED, CalibrationMap
from models_llm.calibration.maps import EDGE

GRID = np.linspace(0, 1, 201)


def judged(n: int, seed: int, *, slope: float = 1.0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of a judge who is right with probability expit(slope · logit p + shift)."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, size=n)
    return p, (rng.random(n) < expit(slope * logit(p) + shift)).astype(float)


def fitted(name: str, p: np.ndarray, right: np.ndarray) -> CalibrationMap:
    return CalibrationMap(name, METHODS[name].fit(p, right))


def test_platt_is_scikit_learns_sigmoid_on_the_logit() -> None:
    p, right = judged(500, 1, slope=0.5, shift=0.4)
    theirs = _SigmoidCalibration().fit(logit(p), right)
    assert fitted("platt", p, right).apply(p) == pytest.approx(theirs.predict(logit(p)), abs=2e-4)


def test_isotonic_is_scikit_learns() -> None:
    p, right = judged(1500, 2)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(p, right)
    assert fitted("isotonic", p, right).apply(GRID) == pytest.approx(theirs.predict(np.clip(GRID, EDGE, 1 - EDGE)))


def test_beta_with_equal_a_and_b_is_platt() -> None:
    """With a = b the beta map is a · logit p + c: on a judge distorted so, both find the same."""
    p, right = judged(40_000, 3, slope=0.5, shift=0.4)
    beta = fitted("beta", p, right)
    # Standard errors of slope and intercept at this n are about .01: five of them.
    assert beta.parameters["a"] == pytest.approx(0.5, abs=0.05)
    assert beta.parameters["b"] == pytest.approx(0.5, abs=0.05)
    assert beta.parameters["c"] == pytest.approx(0.4, abs=0.1)


@pytest.mark.parametrize("name", METHODS)
def test_maps_rise_and_stay_between_0_and_1(name: str) -> None:
    for seed in range(5):
        p, right = judged(1200, seed, slope=1.7, shift=-0.5)
        q = fitted(name, p, right).apply(GRID)
        assert (np.diff(q) >= -1e-12).all()
        assert ((q >= 0) & (q <= 1)).all()


@pytest.mark.parametrize("name", METHODS)
def test_a_judge_who_is_wrong_the_more_certain_it_is_gives_a_flat_map(name: str) -> None:
    p, right = judged(4000, 11, slope=-1.0)
    q = fitted(name, p, right).apply(GRID)
    assert (np.diff(q) >= -1e-12).all()
    assert q[100] == pytest.approx(right.mean(), abs=5 * math.sqrt(0.25 / 4000) + 0.02)


@pytest.mark.parametrize("name", METHODS)
def test_a_calibrated_judge_keeps_its_probabilities(name: str) -> None:
    n = 40_000
    p, right = judged(n, 5)
    inner = np.linspace(0.1, 0.9, 17)
    difference = np.abs(fitted(name, p, right).apply(inner) - inner)
    # Logistic maps: two or three parameters, each known to about 1 / sqrt(n · mean p(1 - p)) on the logit, which is a
    # quarter of that on the probability; five standard errors. Isotonic averages locally: n^(-1/3).
    tolerance = 5 * 0.25 * 3 / math.sqrt(n * 0.16) if name != "isotonic" else 3 * n ** (-1 / 3)
    assert difference.max() < tolerance


@pytest.mark.parametrize("name", METHODS)
def test_the_order_of_the_items_does_not_matter(name: str) -> None:
    p, right = judged(1100, 8)
    order = np.random.default_rng(0).permutation(len(p))
    assert fitted(name, p[order], right[order]).apply(GRID) == pytest.approx(
        fitted(name, p, right).apply(GRID), abs=1e-5
    )


def test_a_judge_without_a_fault_gets_a_finite_slope() -> None:
    p = np.array([0.1, 0.2] * 30 + [0.8, 0.9] * 30)
    right = np.array([0.0] * 60 + [1.0] * 60)
    slope = fitted("platt", p, right).parameters["slope"]
    assert 1 < slope < 100


def test_certain_probabilities_are_kept_off_0_and_1() -> None:
    p, right = judged(200, 4)
    for name in ("platt", "beta"):
        assert np.isfinite(fitted(name, p, right).apply(np.array([0.0, 1.0]))).all()
    assert UNCHANGED.apply(np.array([0.0, 0.3, 1.0])) == pytest.approx([0.0, 0.3, 1.0], abs=1e-5)
