"""From a reward model's value to a distribution over the levels of a criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotations.choices import Scale
from annotations.rubrics import MISSING, CriterionSpec
from models_llm.errors import JudgeError
from models_llm.rewards.cut_points import CutPoints, FloatArray, fit_cut_points


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

    Args:
        values: of items that the values were not trained on.
        levels: level positions, MISSING where nobody said; those items are left out.
    Raises: JudgeError, as `tiers_of`.
    """
    tiers = tiers_of(criterion)
    rated = [(value, level) for value, level in zip(values, levels, strict=True) if level != MISSING]
    cuts = fit_cut_points([value for value, _ in rated], [tiers[level] for _, level in rated], n_tiers=max(tiers) + 1)
    # A half more of every level: one that people have not used keeps a little probability.
    counts = np.bincount([level for _, level in rated], minlength=len(tiers)) + 0.5
    sums = np.bincount(tiers, weights=counts)
    within = tuple(float(count / sums[tier]) for count, tier in zip(counts, tiers, strict=True))
    return ValueScale(tiers, within, cuts)


def tiers_of(criterion: CriterionSpec) -> tuple[int, ...]:
    """For each level how good it is, 0 the lowest.

    A level that passes is above one that does not; on an ordinal scale values order the levels beside that.

    Raises: JudgeError, if neither says which of two levels is better.
    """
    by_value = criterion.scale == Scale.ORDINAL
    keys = [
        (bool(level.passes), value if by_value else 0.0)
        for level, value in zip(criterion.levels, criterion.values, strict=True)
    ]
    if len(set(keys)) < 2:
        raise JudgeError(
            f"criterion “{criterion.key}” is {criterion.scale} and none of its levels is said to pass: "
            "a reward model needs levels of which some are better than others"
        )
    ranks = {key: tier for tier, key in enumerate(sorted(set(keys)))}
    return tuple(ranks[key] for key in keys)
