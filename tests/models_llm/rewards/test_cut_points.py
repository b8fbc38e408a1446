from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_llm.rewards import CutPoints, fit_cut_points


def test_two_tiers_are_cut_by_a_logistic_curve() -> None:
    # P(lower) = 1 / (1 + e^-(1 - 2 * 0.5)) = 1/2, and at 1.5: 1 / (1 + e^2).
    shares = CutPoints(slope=2.0, cuts=(1.0,)).shares(np.array([0.5, 1.5]))
    assert shares[:, 0] == pytest.approx([0.5, 1 / (1 + np.exp(2))])


def test_known_cut_points_are_found_again() -> None:
    rng = np.random.default_rng(0)
    truth = CutPoints(slope=1.5, cuts=(-1.0, 1.0))
    values = rng.normal(size=4000)
    shares = truth.shares(values)
    tiers = [int(rng.choice(3, p=row)) for row in shares]
    fitted = fit_cut_points(values.tolist(), tiers, n_tiers=3)
    # The standard error of a cut at this n is about .04, of the slope about .05: five of them.
    assert fitted.slope == pytest.approx(1.5, abs=0.25)
    assert fitted.cuts == pytest.approx((-1.0, 1.0), abs=0.2)


def test_a_value_that_says_nothing_gives_the_shares_of_the_tiers() -> None:
    values = np.random.default_rng(1).normal(size=900)
    fitted = fit_cut_points(values.tolist(), [0, 0, 1] * 300, n_tiers=2)
    # 600 of 900, each tier with half an observation more: 600.5 / 901; the slope is near 0.
    assert fitted.shares(np.zeros(1))[0, 0] == pytest.approx(600.5 / 901, abs=0.02)


def test_a_tier_that_was_never_seen_keeps_a_little_probability() -> None:
    fitted = fit_cut_points([0.0, 1.0, 2.0, 3.0] * 20, [0, 0, 2, 2] * 20, n_tiers=3)
    assert (fitted.shares(np.linspace(0, 3, 7)) > 0).all()


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.integers(0, 3)), max_size=25),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8),
)
def test_shares_sum_to_one_and_a_higher_value_is_never_worse(seen: list[tuple[float, int]], asked: list[float]) -> None:
    fitted = fit_cut_points([value for value, _ in seen], [tier for _, tier in seen], n_tiers=4)
    shares = fitted.shares(np.array(sorted(asked)))
    assert shares.sum(axis=1) == pytest.approx(1)
    expected_tier = shares @ np.arange(4)
    assert (np.diff(expected_tier) >= -1e-9).all()
