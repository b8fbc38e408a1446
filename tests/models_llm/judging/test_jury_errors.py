from __future__ import annotations

import math

import numpy as np
import pytest

from annotations.choices import Scale
from annotations.rubrics import CriterionSpec, LevelSpec
from models_llm.judging import correlate_errors, member_errors

NOMINAL = CriterionSpec("c", "C", Scale.NOMINAL, tuple(LevelSpec(key, key) for key in "xyz"))
ORDINAL = CriterionSpec(
    "o", "O", Scale.ORDINAL, (LevelSpec("a", "a", 1), LevelSpec("b", "b", 2), LevelSpec("c", "c", 4))
)
NAN = math.nan


def test_errors_are_differences_of_values_where_levels_have_an_order() -> None:
    levels = np.array([[0, 2], [1, -1], [2, 0]])
    consensus = np.array([0, 2, -1])
    # values 1, 2, 4: 1 - 1, 4 - 1; 2 - 4; people did not decide the last
    np.testing.assert_array_equal(member_errors(ORDINAL, levels, consensus), [[0, 3], [-2, NAN], [NAN, NAN]])
    np.testing.assert_array_equal(member_errors(NOMINAL, levels, consensus), [[0, 1], [1, NAN], [NAN, NAN]])


def test_correlations_counts_and_effective_members_by_hand() -> None:
    # Columns (1,1,0,0), (1,0,0,1) and (1,1,0,0): the outer two err together, the middle one has with either
    # mean products 1/4 - 1/2 · 1/2 = 0.
    found = correlate_errors(
        np.array([[1, 1, 1], [1, 0, 1], [0, 0, 0], [0, 1, 0]], dtype=float), rng=np.random.default_rng(0)
    )
    np.testing.assert_allclose(found.correlation, [[1, 0, 1], [0, 1, 0], [1, 0, 1]], atol=1e-12)
    np.testing.assert_array_equal(found.n_items, np.full((3, 3), 4))
    assert found.mean == pytest.approx(1 / 3)
    assert found.n_pairs == 3
    assert found.n_effective == pytest.approx(3 / (1 + 2 / 3))  # 1.8
    assert found.mean_interval.low <= found.mean <= found.mean_interval.high


def test_pearson_by_hand() -> None:
    # x = 0, 1, 2 and y = 0, 1, 0: means 1 and 1/3, products (0 + 0·2/3 + 0) = -1·-1/3 + 0 + 1·-1/3 = 0
    # x = 0, 1, 2 and z = 1, 0, -2: mean -1/3, sum of products -1·4/3 + 0 + 1·-5/3 = -3, spreads 2 and 14/3
    errors = np.array([[0, 0, 1], [1, 1, 0], [2, 0, -2]], dtype=float)
    found = correlate_errors(errors, rng=np.random.default_rng(0))
    assert found.correlation[0, 1] == pytest.approx(0)
    assert found.correlation[0, 2] == pytest.approx(-3 / math.sqrt(2 * 14 / 3))


def test_only_items_that_both_rated_count_for_a_pair() -> None:
    errors = np.array([[1, 1, NAN], [0, 0, NAN], [1, NAN, 0], [NAN, 0, 1]], dtype=float)
    found = correlate_errors(errors, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(found.n_items, [[3, 2, 1], [2, 3, 1], [1, 1, 2]])
    assert found.correlation[0, 1] == pytest.approx(1)
    assert np.isnan(found.correlation[0, 2])
    assert (found.n_pairs, found.mean) == (1, pytest.approx(1))


def test_a_member_that_never_errs_has_no_correlation() -> None:
    found = correlate_errors(np.array([[0, 1], [0, 0], [0, 1]], dtype=float), rng=np.random.default_rng(0))
    assert np.isnan(found.correlation[0, 1])
    assert found.n_pairs == 0
    assert math.isnan(found.mean)
    assert math.isnan(found.n_effective)


def test_no_items_leave_everything_undefined() -> None:
    found = correlate_errors(np.empty((0, 2)), rng=np.random.default_rng(0))
    assert math.isnan(found.mean)
    assert found.n_items.sum() == 0


def test_members_alike_are_worth_one_and_independent_ones_their_number() -> None:
    rng = np.random.default_rng(1)
    error = rng.integers(0, 2, size=2000).astype(float)
    alike = correlate_errors(np.stack([error] * 3, axis=1), rng=rng)
    assert alike.n_effective == pytest.approx(1)
    apart = correlate_errors(rng.integers(0, 2, size=(2000, 3)).astype(float), rng=rng)
    # a correlation of independent errors has a standard error of 1/√2000 = 0.022; the mean of three a smaller one
    assert abs(apart.mean) < 4 * 0.022
    assert apart.n_effective == pytest.approx(3, rel=0.2)
