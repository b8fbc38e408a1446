"""From a reward model's value to a distribution over the levels of a criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotations.choices import Scale
from annotations.rubrics import MISSING, CriterionSpec, LevelSpec
from annotations.sentences import sentence as _
from models_llm.errors import JudgeError
from models_llm.rewards.cut_points import CutPoints, FloatArray, fit_cut_points

_SIDES: Final = {"a": (1, 0), "b": (0, 1)}
"""How good the two candidates of a pair are at the levels that prefer one."""


@dataclass(frozen=True)
class ValueScale:
    """The levels of one criterion along a value.

    Attributes:
        tiers: for each level how good it is, 0 the lowest; levels of one tier cannot be told apart by a value.
        within: for each level its share among the levels of its tier.
        cuts: where one tier ends and the next begins.
    """

    tiers: tuple[int, ...]
    within: tuple[float, ...]
    cuts: CutPoints

    def shares(self, values: FloatArray) -> FloatArray:
        """Probabilities of the levels: (n_items, n_levels), rows summing to 1."""
        shares: FloatArray = self.cuts.shares(values)[:, list(self.tiers)] * np.array(self.within)[None, :]
        return shares


def fit_value_scale(criterion: CriterionSpec, values: Sequence[float], levels: Sequence[int]) -> ValueScale:
    """The scale that fits values whose levels are known.

    A pair's value is that of its first candidate less that of its second. Its scale is fitted on both orders, so that
    none of the two places is preferred.

    Args:
        values: of items that the values were not trained on.
        levels: level positions, MISSING where nobody said; those items are left out.
    Raises: JudgeError, as `tiers_of`.
    """
    tiers = tiers_of(criterion)
    rated = [(value, tiers[level], level) for value, level in zip(values, levels, strict=True) if level != MISSING]
    if criterion.scale is Scale.PREFERENCE:
        swap = {criterion.positions[side]: criterion.positions[other] for side, other in ("ab", "ba")}
        rated += [(-value, max(tiers) - tier, swap.get(level, level)) for value, tier, level in rated]
    cuts = fit_cut_points([value for value, *_ in rated], [tier for _, tier, _ in rated], n_tiers=max(tiers) + 1)
    # A half more of every level: one that people have not used keeps a little probability.
    counts = np.bincount([level for *_, level in rated], minlength=len(tiers)) + 0.5
    sums = np.bincount(tiers, weights=counts)
    within = tuple(float(count / sums[tier]) for count, tier in zip(counts, tiers, strict=True))
    return ValueScale(tiers, within, cuts)


def tiers_of(criterion: CriterionSpec) -> tuple[int, ...]:
    """For each level how good it is, 0 the lowest; of a preference, how much the first candidate is preferred.

    A level that passes is above one that does not; on an ordinal scale values order the levels beside that.

    Raises: JudgeError, if neither says which of two levels is better, or a preference has no levels “a” and “b”.
    """
    if criterion.scale is Scale.PREFERENCE and not _SIDES.keys() <= criterion.positions.keys():
        raise JudgeError(
            _(
                "criterion “%(criterion)s” is a preference with levels %(levels)s: a reward model needs “a” and "
                "“b”, which prefer the first and the second candidate",
                criterion=criterion.key,
                levels=", ".join(criterion.positions),
            )
        )
    keys = [_merit(criterion, level, value) for level, value in zip(criterion.levels, criterion.values, strict=True)]
    if len(set(keys)) < 2:
        raise JudgeError(
            _(
                "criterion “%(criterion)s” is %(scale)s and none of its levels is said to pass: a reward model "
                "needs levels of which some are better than others",
                criterion=criterion.key,
                scale=criterion.scale,
            )
        )
    ranks = {key: tier for tier, key in enumerate(sorted(set(keys)))}
    return tuple(ranks[key] for key in keys)


def sides_of(criterion: CriterionSpec, level: int) -> tuple[int, int]:
    """Tiers of the two candidates of a pair whose preference is at that level; MISSING for both in a tie."""
    return _SIDES.get(criterion.levels[level].key, (MISSING, MISSING))


def _merit(criterion: CriterionSpec, level: LevelSpec, value: float) -> tuple[bool, float]:
    if criterion.scale is Scale.PREFERENCE:
        first, second = _SIDES.get(level.key, (0, 0))
        return False, first - second
    return bool(level.passes), value if criterion.scale is Scale.ORDINAL else 0.0
