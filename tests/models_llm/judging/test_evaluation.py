from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_llm.errors import FitError
from models_llm.judging import fit_baseline
from models_llm.judging.evaluation import split_groups
from tests.models_llm.judging.examples import rated_items
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=60), st.floats(0, 1), st.integers(0, 9))
def test_a_split_takes_every_item_once_and_no_group_twice(groups: list[str], share: float, seed: int) -> None:
    fitted, held_out = split_groups(groups, share, np.random.default_rng(seed))
    assert sorted(fitted + held_out) == list(range(len(groups)))
    assert not {groups[position] for position in fitted} & {groups[position] for position in held_out}


def test_the_held_out_share_is_as_near_as_groups_allow() -> None:
    groups = [f"group {number // 4}" for number in range(400)]
    _, held_out = split_groups(groups, 0.3, np.random.default_rng(1))
    assert abs(len(held_out) - 120) <= 4


def test_figures_come_from_held_out_items_beside_the_majority() -> None:
    rated = rated_items(400, RUBRIC)
    found = fit_baseline(RUBRIC, rated, held_out_share=0.3, rng=np.random.default_rng(2))
    relevance, validity, style = found.criteria
    assert (len(found.fitted), len(found.held_out)) == (280, 120)
    assert relevance.accuracy.n_items == 120
    assert relevance.n_fitted == 280
    # The level is a function of the features, and a coin decided which one it is.
    assert relevance.accuracy.value > 0.9
    assert relevance.kappa.value > 0.8
    assert 0.4 < relevance.majority.value < 0.6
    assert relevance.accuracy.low < relevance.accuracy.value <= relevance.accuracy.high
    assert (relevance.weights, style.weights) == ("nominal", "linear")
    assert validity.note == ""


def test_the_majority_is_that_of_the_fitted_items() -> None:
    rated = rated_items(40, RUBRIC)
    found = fit_baseline(RUBRIC, rated, held_out_share=0.5, rng=np.random.default_rng(0))
    fitted = [rated[position].levels[0] for position in found.fitted]
    level = 0 if fitted.count(0) >= fitted.count(1) else 1
    held_out = [rated[position].levels[0] for position in found.held_out]
    assert found.criteria[0].majority_level == level
    assert found.criteria[0].majority.value == pytest.approx(held_out.count(level) / len(held_out))


def test_one_observed_level_is_said_and_kappa_is_undefined() -> None:
    style = fit_baseline(RUBRIC, rated_items(80, RUBRIC), held_out_share=0.3, rng=np.random.default_rng(0)).criteria[2]
    assert style.note == "people used one level only, “Excellent”: it is always given"
    assert style.accuracy.value == 1
    assert np.isnan(style.kappa.value)
    assert style.kappa.undefined is not None


def test_a_level_that_people_did_not_use_is_said() -> None:
    rated = [replace(one, levels=(*one.levels[:2], 1 + n % 2)) for n, one in enumerate(rated_items(80, RUBRIC))]
    style = fit_baseline(RUBRIC, rated, held_out_share=0.3, rng=np.random.default_rng(0)).criteria[2]
    assert style.note == "never given, because people did not use it: Bad"


def test_items_that_people_did_not_decide_are_left_out_and_counted() -> None:
    rated = [
        replace(one, levels=(one.levels[0] if n % 4 else None, 0, 0)) for n, one in enumerate(rated_items(80, RUBRIC))
    ]
    relevance = fit_baseline(RUBRIC, rated, held_out_share=0.5, rng=np.random.default_rng(0)).criteria[0]
    assert (relevance.n_undecided, relevance.accuracy.n_items, relevance.n_fitted) == (10, 30, 30)


def test_the_same_seed_gives_the_same_judge_and_figures() -> None:
    first, second = (
        fit_baseline(RUBRIC, rated_items(80, RUBRIC), held_out_share=0.3, rng=np.random.default_rng(5))
        for _ in range(2)
    )
    assert first.model.to_bytes() == second.model.to_bytes()
    assert first.criteria[:2] == second.criteria[:2]


@pytest.mark.parametrize("n", [0, 1, 4])
def test_one_group_is_too_little(n: int) -> None:
    with pytest.raises(FitError, match="at least two groups"):
        fit_baseline(RUBRIC, rated_items(n, RUBRIC), held_out_share=0.5, rng=np.random.default_rng(0))
