"""Many seeded simulations of the watched profiles: how often the intervals hold what each profile really does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotations.allocation import lot
from annotations.estimation import wilson_interval
from annotations.quality import ModeTurns, gold_accuracy, reliance
from annotations.simulation import WATCHED, AnnotatorProfile, rate
from tests.factories import rubric_spec

SPEC = rubric_spec()
KEYS = ("pass", "fail")
N_TRIALS, N_ITEMS, N_GOLD = 500, 120, 40
TOLERANCE = 4 * math.sqrt(0.95 * 0.05 / N_TRIALS)
"""Four standard errors of a coverage of 0.95 in so many trials: 0.039."""


def says(profile: AnnotatorProfile, truth: tuple[int, int], said: tuple[int, int]) -> float:
    """Chance that the profile, seeing nothing, says `said` of an item of ordinary difficulty."""
    chance = 1.0
    for true, level in zip(truth, said, strict=True):
        errs = profile.overlooks if true else profile.objects
        chance *= errs if level != true else 1 - errs
    return chance


def draw(profile: AnnotatorProfile, truth: tuple[int, int], shown: tuple[int, int] | None, rng: np.random.Generator
         ) -> tuple[int, ...]:  # fmt: skip
    keys = {f"c{i}": KEYS[level] for i, level in enumerate(truth)}
    return rate(profile, SPEC, keys, difficulty=1.0, rng=rng, shown=shown).levels


@pytest.mark.parametrize("profile", WATCHED, ids=lambda profile: profile.key)
def test_the_effect_of_a_shown_verdict_is_covered(profile: AnnotatorProfile) -> None:
    rng = np.random.default_rng(29)
    truths = [(int(rng.random() < 0.3), int(rng.random() < 0.2)) for _ in range(N_ITEMS)]
    verdicts = [(1 - a, b) if rng.random() < 0.35 else (a, b) for a, b in truths]
    alone = np.array([says(profile, truth, verdict) for truth, verdict in zip(truths, verdicts, strict=True)])
    effect = float((profile.follows * (1 - alone)).mean())
    covered = 0
    for trial in range(N_TRIALS):
        shown = np.array([lot(trial, "mode", 1, item) < 0.4 for item in range(N_ITEMS)])
        follows = np.array(
            [
                draw(profile, truth, verdict if is_shown else None, rng) == verdict
                for truth, verdict, is_shown in zip(truths, verdicts, shown, strict=True)
            ]
        )
        chance = np.where(shown, 0.4, 0.6)
        found = reliance(ModeTurns(np.ones(N_ITEMS, dtype=np.int64), shown, chance, follows)).difference
        covered += found.low <= effect <= found.high
    # Where items differ much in how often a verdict is met unseen, the interval is wider than it needs to be.
    assert covered / N_TRIALS >= 0.95 - TOLERANCE


@pytest.mark.parametrize("profile", WATCHED, ids=lambda profile: profile.key)
def test_accuracy_on_gold_is_covered(profile: AnnotatorProfile) -> None:
    rng = np.random.default_rng(31)
    truth = (0, 1)
    accuracy = says(profile, truth, truth)
    covered = 0
    for _ in range(N_TRIALS):
        said = np.array([draw(profile, truth, None, rng) for _ in range(N_GOLD)])
        found = gold_accuracy(said, np.tile(truth, (N_GOLD, 1)))
        covered += found.low <= accuracy <= found.high
    # Wilson's interval covers a little more or less than 0.95 with the accuracy: how much is summed over all outcomes.
    expected = 0.0
    for n_hits in range(N_GOLD + 1):
        interval = wilson_interval(n_hits, N_GOLD)
        if interval.low <= accuracy <= interval.high:
            expected += math.comb(N_GOLD, n_hits) * accuracy**n_hits * (1 - accuracy) ** (N_GOLD - n_hits)
    assert covered / N_TRIALS == pytest.approx(expected, abs=TOLERANCE)
    assert expected > 0.93
