from __future__ import annotations

import numpy as np
import pytest

from annotations.rubrics import load_rubric
from annotations.simulation import MOST_DIFFICULT, PROFILES, WATCHED, AnnotatorProfile, draw_difficulty, rate

EXPLANATION = load_rubric("explanation_v1")
ALL_WELL = {"relevance": "strong_relevance", "factuality": "excellent", "clarity": "excellent", "safety": "proven"}
ALL_BAD = {"relevance": "weak_relevance", "factuality": "bad", "clarity": "bad", "safety": "unproven"}
N = 2000


def wrong_side(profile: AnnotatorProfile, truth: dict[str, str]) -> float:
    """Share of ratings on the other side of the pass line than the truth."""
    rng = np.random.default_rng(11)
    wrong = 0
    for _ in range(N):
        rating = rate(profile, EXPLANATION, truth, difficulty=1.0, rng=rng)
        for criterion, level in zip(EXPLANATION.criteria, rating.levels, strict=True):
            true = criterion.levels[criterion.positions[truth[criterion.key]]]
            wrong += criterion.levels[level].passes != true.passes
    return wrong / (N * len(EXPLANATION.criteria))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.key)
def test_annotators_err_as_often_as_their_profile_says(profile: AnnotatorProfile) -> None:
    # 8000 draws: four standard errors of a share of 0.3 are 0.0205.
    assert wrong_side(profile, ALL_BAD) == pytest.approx(profile.overlooks, abs=0.0205)
    assert wrong_side(profile, ALL_WELL) == pytest.approx(profile.objects, abs=0.0205)


def test_nothing_is_confused_on_an_item_without_difficulty() -> None:
    rng = np.random.default_rng(3)
    for profile in PROFILES:
        assert rate(profile, EXPLANATION, ALL_WELL, difficulty=0.0, rng=rng).levels == (0, 0, 0, 0)
        assert rate(profile, EXPLANATION, ALL_BAD, difficulty=0.0, rng=rng).levels == (1, 2, 2, 1)


def test_a_lean_to_the_first_shows_only_where_candidates_are_equal() -> None:
    preference = load_rubric("preference")
    hasty = next(profile for profile in PROFILES if profile.key == "hasty")
    rng = np.random.default_rng(7)
    ties = [rate(hasty, preference, {"preference": "tie"}, difficulty=1.0, rng=rng).levels[0] for _ in range(N)]
    # 0.45 first, a quarter of that second, the rest ties; four standard errors are 0.045.
    assert ties.count(0) / N == pytest.approx(0.45, abs=0.045)
    assert ties.count(1) / N == pytest.approx(0.1125, abs=0.045)


def test_every_annotator_is_called_simulated() -> None:
    for profile in {*PROFILES, *WATCHED}:
        assert profile.username.startswith("simulated-")
        assert profile.name.endswith("(simulated)")


def test_difficulty_lies_between_nothing_and_the_most() -> None:
    rng = np.random.default_rng(1)
    drawn = [draw_difficulty(rng) for _ in range(N)]
    assert 0 <= min(drawn) < max(drawn) == MOST_DIFFICULT


def test_an_anchored_annotator_takes_over_what_is_shown_as_often_as_the_profile_says() -> None:
    anchored = next(profile for profile in WATCHED if profile.follows)
    rng = np.random.default_rng(5)
    shown = (1, 2, 2, 1)  # wrong throughout, which nobody says of their own accord on an item without difficulty
    took = [rate(anchored, EXPLANATION, ALL_WELL, difficulty=0.0, rng=rng, shown=shown).levels for _ in range(N)]
    # 2000 draws: four standard errors of a share of 0.8 are 0.0358.
    assert took.count(shown) / N == pytest.approx(anchored.follows, abs=0.0358)
    assert rate(anchored, EXPLANATION, ALL_WELL, difficulty=0.0, rng=rng).levels == (0, 0, 0, 0)
