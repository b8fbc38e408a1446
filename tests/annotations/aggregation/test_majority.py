"""Plurality vote."""

from __future__ import annotations

import numpy as np

from annotations.aggregation import majority, vote_shares
from annotations.rubrics import MISSING


def test_the_most_frequent_level_wins_also_without_an_absolute_majority() -> None:
    assert majority(np.array([[3, 0, 0], [0, 1, 2], [2, 1, 1]])).tolist() == [0, 2, 0]


def test_a_tie_has_no_winner_in_either_order_of_the_levels() -> None:
    assert majority(np.array([[1, 1, 0], [0, 1, 1], [2, 1, 2]])).tolist() == [MISSING] * 3


def test_an_item_nobody_rated_has_no_winner() -> None:
    assert majority(np.array([[0, 0], [0, 1]])).tolist() == [MISSING, 1]
    assert majority(np.empty((0, 2), dtype=np.int64)).tolist() == []


def test_vote_shares_sum_to_one_and_are_nan_where_nobody_rated() -> None:
    shares = vote_shares(np.array([[3, 1], [0, 0]]))
    assert shares[0].tolist() == [0.75, 0.25]
    assert np.isnan(shares[1]).all()
