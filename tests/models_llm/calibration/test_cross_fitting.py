from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, logit

from models_llm.calibration import METHODS, Calibrated, Examples, Method, calibrate, cross_fit, deal_folds


def examples(n: int, seed: int, *, slope: float = 1.0, shift: float = 0.0, in_group: int = 1) -> Examples:
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, size=n)
    right = (rng.random(n) < expit(slope * logit(p) + shift)).astype(float)
    return Examples(p, right, np.arange(n) // in_group)


def calibrated(of: Examples, seed: int = 0) -> Calibrated:
    return calibrate(of, excluded={"undecided": 3}, rng=np.random.default_rng(seed))


def refusals(found: Calibrated) -> dict[str, str | None]:
    return {one.method: one.refused for one in found.candidates}


def test_a_group_is_never_on_both_sides() -> None:
    groups = np.repeat(np.arange(40), 5)
    folds = deal_folds(groups, rng=np.random.default_rng(1))
    assert all(len(np.unique(folds[groups == group])) == 1 for group in range(40))
    assert np.bincount(folds).tolist() == [40] * 5


def test_no_map_sees_the_items_that_it_is_tried_on() -> None:
    of = examples(200, 3, in_group=4)
    folds = deal_folds(of.groups, rng=np.random.default_rng(2))
    seen: list[set[float]] = []

    def fit(p: np.ndarray, right: np.ndarray) -> dict[str, float]:
        seen.append(set(p.tolist()))
        return {"slope": 1.0, "intercept": 0.0}

    cross_fit(Method("platt", "Platt", 1, fit), of, folds)
    assert len(seen) == 5
    for fold, known in enumerate(seen):
        assert known == set(of.probabilities[folds != fold].tolist())


def test_each_item_is_calibrated_by_the_map_that_did_not_see_its_group() -> None:
    of = examples(400, 8, slope=0.5, in_group=4)
    found = calibrated(of)
    assert (len(found.held_out), found.folds.tolist()) == (
        5,
        deal_folds(of.groups, rng=np.random.default_rng(0)).tolist(),
    )
    for fold, held_out in enumerate(found.held_out):
        outside = found.folds != fold
        method = METHODS[found.chosen.method]
        assert held_out.parameters == method.fit(of.probabilities[outside], of.right[outside])
        assert found.calibrated[~outside] == pytest.approx(held_out.apply(of.probabilities[~outside]))


def test_too_few_items_refuse_a_method_with_the_reason() -> None:
    assert refusals(calibrated(examples(49, 1))) == {
        "platt": "needs 50 items that people decided, there are 49",
        "beta": "needs 50 items that people decided, there are 49",
        "isotonic": "needs 1,000 items that people decided, there are 49",
    }
    assert refusals(calibrated(examples(999, 1)))["isotonic"] == "needs 1,000 items that people decided, there are 999"
    assert refusals(calibrated(examples(1000, 1))) == dict.fromkeys(METHODS)


def test_one_outcome_or_too_few_groups_refuse_every_method() -> None:
    of = examples(100, 1)
    always = calibrated(Examples(of.probabilities, np.ones(100), of.groups))
    assert refusals(always)["platt"] == "needs both outcomes whichever fold is held out; 100 items are right, 0 not"
    assert always.chosen.method == "none"
    assert always.after == always.before
    few = calibrated(Examples(of.probabilities, of.right, np.arange(100) % 4))
    assert refusals(few)["platt"] == "needs 5 groups of items for as many folds, there are 4"


def test_an_overconfident_judge_is_put_right() -> None:
    found = calibrated(examples(4000, 6, slope=0.4))
    assert found.chosen.method in {"platt", "beta"}
    assert found.after.log_loss.value < found.before.log_loss.value
    assert found.improvement["log_loss"].high < 0
    assert found.improvement["brier"].high < 0
    # What is left is what a perfectly calibrated judge shows too, give or take its spread.
    assert found.after.calibration_error.value < 2 * found.after.error_if_calibrated
    assert found.before.calibration_error.value > 5 * found.before.error_if_calibrated


def test_a_calibrated_judge_gains_nothing_that_can_be_told_from_nothing() -> None:
    found = calibrated(examples(4000, 9))
    assert all(estimate.high > -0.002 for estimate in found.improvement.values())
    assert found.after.log_loss.value == pytest.approx(found.before.log_loss.value, abs=0.005)


def test_figures_stand_with_n_interval_and_what_was_left_out() -> None:
    found = calibrated(examples(300, 2, in_group=3))
    assert (found.n, found.n_groups, found.n_folds) == (300, 100, 5)
    for scores in (found.before, found.after):
        for estimate in (scores.brier, scores.log_loss):
            assert estimate.low < estimate.value < estimate.high
            assert (estimate.n_items, estimate.excluded) == (300, {"undecided": 3})
        assert sum(one.n for one in scores.bins) == 300


def test_the_interval_is_of_groups_and_not_of_items() -> None:
    """Ten copies of every item in one group: no more is known, so the interval must not shrink."""
    of = examples(200, 4)
    copies = Examples(np.repeat(of.probabilities, 10), np.repeat(of.right, 10), np.repeat(of.groups, 10))
    alone, together = calibrated(of).before.brier, calibrated(copies).before.brier
    assert together.value == pytest.approx(alone.value)
    assert together.high - together.low == pytest.approx(alone.high - alone.low, rel=0.15)


def test_the_bootstrap_of_the_brier_score_covers_as_it_says() -> None:
    n_trials, n = 200, 49  # so few that no map is fitted
    # E (p − y)² = E p(1 − p) of a calibrated judge, over U(.02, .98): E p = 1/2, E p² = (h³ − l³) / 3(h − l).
    low, high = 0.02, 0.98
    truth = 0.5 - (high**3 - low**3) / (3 * (high - low))
    hits = 0
    for trial in range(n_trials):
        brier = calibrated(examples(n, 1000 + trial)).before.brier
        hits += brier.low <= truth <= brier.high
    # Binomial with .95: four standard deviations, and two points of small-sample undercoverage.
    assert hits / n_trials > 0.93 - 4 * math.sqrt(0.95 * 0.05 / n_trials)


def test_nothing_to_fit_on_is_said() -> None:
    nothing = calibrated(Examples(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64)))
    assert nothing.n == 0
    assert nothing.chosen.method == "none"
    assert nothing.before.brier.undefined == "no item has both a probability and a decision of people"


def test_the_same_seed_gives_the_same_figures() -> None:
    of = examples(400, 5, slope=0.6)
    assert calibrated(of).after == calibrated(of).after
    assert calibrated(of).chosen == calibrated(of).chosen
