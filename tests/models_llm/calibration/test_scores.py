from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss, log_loss

from models_llm.calibration import (
    bins_of,
    brier_scores,
    equal_mass_edges,
    error_if_calibrated,
    expected_calibration_error,
    log_losses,
    reliability_bins,
)

P = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.9])
RIGHT = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0])


def test_brier_score_by_hand_and_by_scikit_learn() -> None:
    # .01 + .04 + .49 + .36 + .09 + .01 = 1.00 over 6 items
    assert brier_scores(P, RIGHT).mean() == pytest.approx(1 / 6)
    assert brier_scores(P, RIGHT).mean() == pytest.approx(brier_score_loss(RIGHT, P))


def test_log_loss_by_hand_and_by_scikit_learn() -> None:
    by_hand = -(math.log(0.9) + math.log(0.8) + math.log(0.3) + math.log(0.4) + math.log(0.7) + math.log(0.9)) / 6
    assert log_losses(P, RIGHT).mean() == pytest.approx(by_hand)
    assert log_losses(P, RIGHT).mean() == pytest.approx(log_loss(RIGHT, P))


def test_log_loss_of_a_certain_error_is_finite() -> None:
    assert log_losses(np.array([1.0]), np.array([0.0]))[0] == pytest.approx(-math.log(1e-6))


def test_calibration_error_by_hand() -> None:
    # Bins of two: means .15 .45 .8, right 0/2 1/2 2/2; (2 · .15 + 2 · .05 + 2 · .2) / 6 = .8 / 6
    assert expected_calibration_error(P, RIGHT, n_bins=3) == pytest.approx(0.8 / 6)
    assert [one.n for one in reliability_bins(P, RIGHT, n_bins=3)] == [2, 2, 2]


def test_bins_are_closed_on_the_right() -> None:
    edges = equal_mass_edges(P, n_bins=3)
    assert edges.tolist() == [0.2, 0.6, 0.9]
    assert bins_of(np.array([0.2, np.nextafter(0.2, 1), 0.6, 0.9]), edges).tolist() == [0, 1, 1, 2]


def test_equal_probabilities_stay_in_one_bin() -> None:
    p = np.array([0.5] * 8 + [0.9] * 2)
    bins = reliability_bins(p, np.array([1.0, 0.0] * 5))
    assert [(one.above, one.up_to, one.n) for one in bins] == [(0.5, 0.5, 8), (0.5, 0.9, 2)]


def test_bars_of_the_reliability_diagram_are_wilsons() -> None:
    [one] = reliability_bins(np.full(20, 0.4), np.array([1.0] * 7 + [0.0] * 13))
    expected = binomtest(7, 20).proportion_ci(method="wilson")
    assert (one.share, one.interval.low, one.interval.high) == pytest.approx((0.35, expected.low, expected.high))


def test_error_of_a_calibrated_judge_is_what_such_judges_show_on_average() -> None:
    rng = np.random.default_rng(7)
    p = rng.uniform(0.05, 0.95, size=2000)
    shown = [expected_calibration_error(p, (rng.random(2000) < p).astype(float)) for _ in range(400)]
    # The mean of 400 has a standard error; four of them, and 2 % for the normal approximation.
    tolerance = float(4 * np.std(shown) / math.sqrt(400) + 0.02 * np.mean(shown))
    assert error_if_calibrated(p) == pytest.approx(np.mean(shown), abs=tolerance)


def test_nothing_to_score_is_nan_and_not_zero() -> None:
    nothing = np.empty(0)
    assert math.isnan(expected_calibration_error(nothing, nothing))
    assert math.isnan(error_if_calibrated(nothing))
    assert reliability_bins(nothing, nothing) == ()
