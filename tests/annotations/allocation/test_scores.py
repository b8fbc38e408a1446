from __future__ import annotations

import numpy as np
import pytest

from annotations.allocation import coverage, disagreement, largest_of_group, root_mean_of_group, uncertainty


def test_a_judge_is_most_unsure_where_its_levels_are_as_likely() -> None:
    # Two criteria of two levels: 1 - Σ p² is .5 and .18 in the first row, 0 in the second.
    distributions = np.array([[0.5, 0.5, 0.9, 0.1], [1.0, 0, 0, 1]])
    assert uncertainty(distributions, [2, 2]) == pytest.approx([np.sqrt(0.34), 0])


def test_a_criterion_without_a_distribution_is_left_out_and_an_item_without_any_is_unknown() -> None:
    nan = np.nan
    distributions = np.array([[0.5, 0.5, nan, nan, nan], [nan] * 5])
    assert uncertainty(distributions, [2, 3]) == pytest.approx([np.sqrt(0.5), nan], nan_ok=True)


def test_judges_disagree_by_the_share_of_pairs_that_differ() -> None:
    # Item 0: levels 0, 0, 1 are 2 of 3 pairs that differ; item 1: agree; item 2: one judge; item 3: none.
    items, levels = np.array([0, 0, 0, 1, 1, 2]), np.array([[0], [0], [1], [1], [1], [0]])
    nan = np.nan
    assert disagreement(items, levels, 4) == pytest.approx([np.sqrt(2 / 3), 0, nan, nan], nan_ok=True)


def test_a_criterion_that_only_one_judge_rated_says_nothing_of_disagreement() -> None:
    levels = np.array([[0, -1], [1, 1]])
    assert disagreement(np.array([0, 0]), levels, 1) == pytest.approx([1.0])


def test_a_group_scores_by_what_is_known_of_its_items() -> None:
    nan = np.nan
    group, scores = np.array([0, 0, 0, 1, 2, 2]), np.array([1.0, 3.0, nan, nan, 0.5, -2.0])
    assert largest_of_group(scores, group, 4) == pytest.approx([3, nan, 0.5, nan], nan_ok=True)
    # Variances 1 and 3 have the mean 2.
    assert root_mean_of_group(np.abs(scores), group, 4) == pytest.approx(
        [np.sqrt(2), nan, np.sqrt(1.25), nan], nan_ok=True
    )


def test_the_slices_with_the_fewest_answers_are_covered_first() -> None:
    # Four items of slice 0 with 6 answers, two of slice 1 with none: both of slice 1, then slice 0 for the third.
    groups = np.array([0, 0, 0, 0, 1, 1])
    assert coverage(groups, np.array([6.0, 0]), 2).tolist() == [0, 0, 0, 0, 1, 1]
    assert coverage(groups, np.array([6.0, 0]), 3).tolist() == [0.25, 0.25, 0.25, 0.25, 1, 1]
