"""Simulated people who rank: the truth without difficulty, and errors as often as the profile says."""

from __future__ import annotations

import numpy as np

from annotations.rubrics import Ranking
from annotations.simulation import BELOW_FROM, PROFILES, harm, rank

RANKING = Ranking(n_places=10, has_line=True)
HARMS = (0.0, 2.0, 0.3, BELOW_FROM, 7.0)


def test_what_is_wrong_with_a_text_adds_up() -> None:
    sound = {"relevance": "strong_relevance", "factuality": "excellent", "clarity": "excellent", "safety": "proven"}
    assert harm(sound) == 0
    assert harm({**sound, "safety": "unproven", "clarity": "bad"}) == 6


def test_without_difficulty_the_order_is_the_true_one() -> None:
    rng = np.random.default_rng(1)
    for profile in PROFILES:
        # The first and the third are near each other, the last two bad enough to be shown to nobody.
        assert rank(profile, RANKING, HARMS, difficulty=0.0, rng=rng).levels == (0, 2, 0, 10, 10)
        assert rank(profile, Ranking(10), HARMS, difficulty=0.0, rng=rng).levels == (0, 2, 0, 3, 4)


def test_the_hasty_err_more_often_than_the_careful() -> None:
    def share_wrong(key: str) -> float:
        profile = next(one for one in PROFILES if one.key == key)
        rng = np.random.default_rng(2)
        said = [rank(profile, RANKING, (0.0, 3.0), difficulty=1.0, rng=rng).levels for _ in range(1000)]
        return sum(levels != (0, 1) for levels in said) / len(said)

    assert 0.02 < share_wrong("careful") < 0.12
    assert share_wrong("hasty") > 2 * share_wrong("careful")


def test_a_group_takes_as_long_as_its_candidates() -> None:
    [careful, *_] = PROFILES
    seconds = [
        np.mean([rank(careful, RANKING, [0.0] * n, difficulty=1.0, rng=rng).seconds for _ in range(300)])
        for n, rng in ((2, np.random.default_rng(3)), (6, np.random.default_rng(4)))
    ]
    assert 2.4 < seconds[1] / seconds[0] < 3.6
