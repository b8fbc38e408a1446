"""The classes of the gold in use beside those of the items that people agree on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotations.agreement import pass_positions, qualified_levels
from annotations.estimation import IntArray, newcombe_interval
from annotations.quality.signal import LEVEL, Signal, share, undefined
from annotations.rubrics import MISSING, CriterionSpec, RubricSpec
from annotations.sentences import sentence as _

NO_GOLD_IN_USE = _("no gold in use")
NO_CONSENSUS = _("no item that people agree on")


@dataclass(frozen=True)
class LevelShare:
    """One level of a criterion: its share of the gold, of the consensus, and the difference of the two."""

    label: str
    gold: Signal
    natural: Signal
    difference: Signal

    @property
    def differs(self) -> bool:
        """Whether the difference is more than chance: whoever learns the mix of gold could tell it from work."""
        return bool(self.difference.low > 0 or self.difference.high < 0)


@dataclass(frozen=True)
class CriterionMix:
    criterion: CriterionSpec
    levels: tuple[LevelShare, ...]


def class_mix(rubric: RubricSpec, gold: IntArray, natural: IntArray) -> tuple[CriterionMix, ...]:
    """Shares of each level in the gold in use and in the consensus, criterion by criterion.

    Args:
        gold, natural: (n, n_criteria) level positions, `MISSING` where nothing is known.
    """
    return tuple(
        CriterionMix(criterion, _levels(criterion, gold[:, i], natural[:, i]))
        for i, criterion in enumerate(rubric.criteria)
    )


def joint_classes(rubric: RubricSpec, levels: IntArray) -> IntArray:
    """(n,); the class an item is drawn in for gold: 0 qualified, 1 not, 2 where that has no meaning."""
    if not any((pass_positions(criterion) != MISSING).any() for criterion in rubric.criteria):
        return np.full(len(levels), 2, dtype=np.int64)
    joint = qualified_levels(rubric, levels)
    return np.where(joint == MISSING, 2, joint).astype(np.int64)


def draw_in_mix(classes: IntArray, n: int, *, rng: np.random.Generator) -> IntArray:
    """A random sample in which every class has its share, to within one item.

    Systematic sampling of the items put in order by class and at random within it: each item has the same chance
    n / n_items, so that gold added one by one has the natural mix as well.

    Args:
        classes: (n_items,).
        n: items wanted; where there are fewer, all are taken.
    Returns: positions in `classes`, ascending.
    """
    n_items = len(classes)
    if n >= n_items:
        return np.arange(n_items)
    shuffled = rng.permutation(n_items)
    ordered = shuffled[np.argsort(classes[shuffled], kind="stable")]
    picks = np.floor((rng.random() + np.arange(n)) * n_items / n).astype(np.int64)
    return np.sort(ordered[np.minimum(picks, n_items - 1)]).astype(np.int64)


def _levels(criterion: CriterionSpec, gold: IntArray, natural: IntArray) -> tuple[LevelShare, ...]:
    n_gold, n_natural = int((gold != MISSING).sum()), int((natural != MISSING).sum())
    shares = []
    for position, level in enumerate(criterion.levels):
        one = share(int((gold == position).sum()), n_gold, reason=NO_GOLD_IN_USE)
        two = share(int((natural == position).sum()), n_natural, reason=NO_CONSENSUS)
        shares.append(LevelShare(level.label, one, two, _difference(one, two)))
    return tuple(shares)


def _difference(gold: Signal, natural: Signal) -> Signal:
    reason = gold.undefined or natural.undefined
    if reason:
        return undefined(reason)
    interval = newcombe_interval(gold.value, gold.n, natural.value, natural.n, level=LEVEL)
    return Signal(gold.value - natural.value, interval.low, interval.high, gold.n + natural.n)
