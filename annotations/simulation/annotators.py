"""Simulated annotators: named ways of being wrong. They rate from the truth and are called simulated everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from annotations.choices import Scale
from annotations.rubrics import CriterionSpec, RubricSpec

MOST_DIFFICULT: Final = 3.0


@dataclass(frozen=True)
class AnnotatorProfile:
    """How one simulated annotator errs, on an item of ordinary difficulty.

    Attributes:
        overlooks: probability of passing what fails.
        objects: probability of failing what passes.
        blurs: probability of mistaking one level for another on the same side of the pass line.
        leans_first: probability of preferring the first of two candidates where they are equally good.
        pace_s: median seconds spent on an item.
        follows: probability of taking over a judge's verdict that stands beside the item.
    """

    key: str
    name: str
    overlooks: float
    objects: float
    blurs: float
    leans_first: float
    pace_s: float
    follows: float = 0.0

    @property
    def username(self) -> str:
        return f"simulated-{self.key}"


PROFILES: Final = (
    AnnotatorProfile("careful", "Careful Cora (simulated)", 0.05, 0.03, 0.10, 0.10, 38.0, 0.05),
    AnnotatorProfile("steady", "Steady Stefan (simulated)", 0.10, 0.06, 0.15, 0.15, 24.0, 0.15),
    AnnotatorProfile("strict", "Strict Stella (simulated)", 0.03, 0.16, 0.25, 0.10, 30.0, 0.1),
    AnnotatorProfile("lenient", "Lenient Leo (simulated)", 0.30, 0.02, 0.25, 0.20, 20.0, 0.4),
    AnnotatorProfile("hasty", "Hasty Hugo (simulated)", 0.24, 0.12, 0.30, 0.45, 9.0, 0.6),
)

"""The people of the demonstration."""

WATCHED: Final = (
    PROFILES[0],
    AnnotatorProfile("careless", "Careless Carl (simulated)", 0.45, 0.35, 0.40, 0.45, 7.0),
    AnnotatorProfile("anchored", "Anchored Anna (simulated)", 0.06, 0.04, 0.10, 0.10, 30.0, follows=0.8),
)
"""People whom the signals must tell apart: a careful one, one who hardly looks, and one who leans on the judge."""


@dataclass(frozen=True)
class SimulatedRating:
    """Level positions in criteria order, and the seconds that the annotator took."""

    levels: tuple[int, ...]
    seconds: float


def draw_difficulty(rng: np.random.Generator) -> float:
    """Difficulty of one item, the same for all who rate it: mostly below 1, at most `MOST_DIFFICULT`."""
    return float(min(rng.gamma(shape=1.2, scale=0.8), MOST_DIFFICULT))


def rate(
    profile: AnnotatorProfile,
    rubric: RubricSpec,
    truth: dict[str, str],
    *,
    difficulty: float,
    rng: np.random.Generator,
    shown: tuple[int, ...] | None = None,
) -> SimulatedRating:
    """What the annotator says of an item.

    Args:
        truth: true level key by criterion key; every criterion of the rubric.
        difficulty: multiplies every probability of an error; see `draw_difficulty`.
        shown: levels of a judge's verdict that stands beside the item; None for none.
    """
    if shown is not None and rng.random() < profile.follows:
        return SimulatedRating(shown, draw_seconds(profile, rng))
    levels = tuple(
        _rate_criterion(profile, criterion, criterion.positions[truth[criterion.key]], difficulty, rng)
        for criterion in rubric.criteria
    )
    return SimulatedRating(levels, draw_seconds(profile, rng))


def draw_seconds(profile: AnnotatorProfile, rng: np.random.Generator) -> float:
    """What the annotator takes for one item."""
    return round(profile.pace_s * float(rng.lognormal(0.0, 0.4)), 1)


def _rate_criterion(
    profile: AnnotatorProfile, criterion: CriterionSpec, true: int, difficulty: float, rng: np.random.Generator
) -> int:
    if criterion.scale is Scale.PREFERENCE:
        return _prefer(profile, criterion, true, difficulty, rng)
    true_passes = bool(criterion.levels[true].passes)
    crosses = profile.objects if true_passes else profile.overlooks
    passes = true_passes != (rng.random() < min(crosses * difficulty, 0.9))
    same_side = [position for position, level in enumerate(criterion.levels) if bool(level.passes) is passes]
    if passes == true_passes:
        if len(same_side) == 1 or rng.random() >= min(profile.blurs * difficulty, 0.9):
            return true
        same_side.remove(true)
    return same_side[int(rng.integers(len(same_side)))]


def _prefer(
    profile: AnnotatorProfile, criterion: CriterionSpec, true: int, difficulty: float, rng: np.random.Generator
) -> int:
    first, second, tie = (criterion.positions[key] for key in ("a", "b", "tie"))
    draw = rng.random()
    if true == tie:
        leans = min(profile.leans_first * difficulty, 0.8)
        return first if draw < leans else second if draw < 1.25 * leans else tie
    errs = min((profile.overlooks + profile.objects) / 2 * difficulty, 0.9)
    if draw >= errs:
        return true
    return tie if draw < errs / 2 else second if true == first else first
