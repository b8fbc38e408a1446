"""Simulated annotators who order the texts of a group by what they see wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from annotations.rubrics import Ranking
from annotations.simulation.annotators import AnnotatorProfile, SimulatedRating, draw_seconds
from annotations.simulation.items import NEAR

BELOW_FROM: Final = 4.0
"""Harm from which a text is shown to nobody: one that leaks or presses, or that has two faults."""
_IMAGINED: Final = 2.0
_MOST: Final = 0.9


def rank(
    profile: AnnotatorProfile,
    ranking: Ranking,
    harms: Sequence[float],
    *,
    difficulty: float,
    rng: np.random.Generator,
) -> SimulatedRating:
    """The places that the annotator gives the candidates of a group, in the order given.

    A fault is overlooked, or seen where there is none, as often as the profile says; texts that then lie near each
    other are tied, and what is bad enough is below the line.

    Args:
        harms: how much is truly wrong with each candidate.
        difficulty: multiplies every probability of an error.
    """
    seen = [_seen(profile, harm, difficulty, rng) for harm in harms]
    best_of_place = [sum(other < one - NEAR for other in seen) for one in seen]
    levels = [
        ranking.n_places if ranking.has_line and harm >= BELOW_FROM else place
        for harm, place in zip(seen, best_of_place, strict=True)
    ]
    return SimulatedRating(ranking.closed_up(levels), len(harms) * draw_seconds(profile, rng))


def _seen(profile: AnnotatorProfile, harm: float, difficulty: float, rng: np.random.Generator) -> float:
    overlooks, imagines = rng.random(2) < np.minimum(np.array([profile.overlooks, profile.objects]) * difficulty, _MOST)
    blur = profile.blurs * difficulty * rng.normal()
    return float((0.0 if overlooks else harm) + (_IMAGINED if imagines else 0.0) + blur)
