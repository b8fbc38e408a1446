"""Drawing the items that people are asked about."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np

from annotations.allocation.inclusion import (
    FloatArray,
    IntArray,
    inclusion_probabilities,
    mixed_sizes,
    neyman_allocation,
)
from annotations.allocation.sampling import systematic_sample
from annotations.choices import Order
from annotations.errors import DrawError
from annotations.sentences import sentence as _

DIRECTED: Final = (Order.PRIORITY, Order.UNCERTAINTY, Order.DISAGREEMENT, Order.COVERAGE)
"""Orders under which some items are more likely to be drawn than others."""


@dataclass(frozen=True)
class Pool:
    """What is drawn from.

    Attributes:
        ids: of the items, each once, in the order in which they came in.
        scores: one an item, the higher the more likely it is drawn; nan where nothing is known. None where the order
            directs nothing.
        groups: number of each item's slice value; None where there are no floors.
    """

    ids: IntArray
    scores: FloatArray | None = None
    groups: IntArray | None = None


@dataclass(frozen=True)
class Plan:
    """How it is drawn.

    Attributes:
        n: items wanted; None, or more than there are, means all.
        order: what puts items before others.
        uniform_share: of a directed draw, the share that every item has the same chance in.
        least: at least so many items of every group, or the whole group.
    """

    n: int | None
    order: Order = Order.RANDOM
    uniform_share: float = 1.0
    least: int = 0


@dataclass(frozen=True)
class Draw:
    """What came of it.

    Attributes:
        indices: places in the pool of the items drawn, in the order in which people are asked.
        probabilities: how likely each item of the pool was to be drawn, drawn or not.
    """

    indices: IntArray
    probabilities: FloatArray


def draw_items(pool: Pool, plan: Plan, *, rng: np.random.Generator) -> Draw:
    """All items, or a sample of a fixed size in which each item is with exactly its probability.

    Where nothing directs the draw and there are no floors, the sample is the head of a random permutation: with the
    same generator a larger `n` keeps every item of the smaller one. People are asked in random order, so that a queue
    of which only the head was worked off is a random part of the sample; under GIVEN in the order of the pool, under
    PRIORITY from the highest score on.

    Raises: DrawError, as `probabilities_of`.
    """
    probabilities = probabilities_of(pool, plan)
    if _is_plain(pool, plan):
        indices = rng.permutation(len(pool.ids))[: _n_drawn(pool, plan)].astype(np.int64)
    else:
        drawn = [group[systematic_sample(probabilities[group], rng)] for group in _groups(pool, plan)]
        indices = rng.permutation(np.concatenate([np.empty(0, dtype=np.int64), *drawn]))
    if plan.order == Order.GIVEN:
        indices.sort()
    elif plan.order == Order.PRIORITY and pool.scores is not None:
        indices = indices[np.argsort(-np.nan_to_num(pool.scores[indices]), kind="stable")]
    return Draw(indices=indices, probabilities=probabilities)


def probabilities_of(pool: Pool, plan: Plan) -> FloatArray:
    """How likely each item of the pool is to be drawn; they sum to the size of the sample.

    A directed draw gives each item the mixture of a share that is the same for all and one by its score; with floors
    the sample is divided over the groups as Neyman does, the groups' mean sizes standing for their spreads.

    Returns: probabilities above 0, up to 1.
    Raises: DrawError, if fewer than one item is wanted, or fewer than the floors are together.
    """
    n, n_items = _n_drawn(pool, plan), len(pool.ids)
    sizes = np.ones(n_items)
    if pool.scores is not None and plan.order in DIRECTED:
        sizes = mixed_sizes(pool.scores, plan.uniform_share)
    groups = _groups(pool, plan)
    if len(groups) == 1:
        return inclusion_probabilities(sizes, n)
    counts = np.array([len(group) for group in groups])
    n_floors = int(np.minimum(counts, plan.least).sum())
    if n < n_floors:
        raise DrawError(
            _(
                "expected at least %(needed)s items, for %(least)s of each of %(n_groups)s slice values, got %(n)s",
                needed=n_floors,
                least=plan.least,
                n_groups=len(groups),
                n=n,
            )
        )
    spreads = np.array([float(sizes[group].mean()) for group in groups])
    probabilities = np.zeros(n_items)
    for group, n_group in zip(groups, neyman_allocation(counts, spreads, n, plan.least), strict=True):
        probabilities[group] = inclusion_probabilities(sizes[group], int(n_group))
    return probabilities


def stream_of(pool: Pool, plan: Plan, seed: int) -> str:
    """Name of the randomness that a draw uses, made of the seed and of all that it depends on.

    Two draws of one stream select the same items, or the larger all of the smaller; draws of different streams are
    independent. So the chance that any of several draws selects an item can be told: see `chance_of_any`.
    """
    parts = [str(seed).encode(), pool.ids.astype("<i8").tobytes()]
    if not _is_plain(pool, plan):
        parts += [repr(plan).encode()]
        parts += [b"" if array is None else array.tobytes() for array in (pool.scores, pool.groups)]
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


def generator_of(stream: str) -> np.random.Generator:
    return np.random.default_rng(int(stream, 16))


def _n_drawn(pool: Pool, plan: Plan) -> int:
    if plan.n is not None and plan.n < 1:
        raise DrawError(_("expected a sample of at least one item, got %(n)s", n=plan.n))
    return len(pool.ids) if plan.n is None else min(plan.n, len(pool.ids))


def _is_plain(pool: Pool, plan: Plan) -> bool:
    """Whether every item is as likely as any other, and nothing else is asked."""
    return plan.order not in DIRECTED and len(_groups(pool, plan)) == 1


def _groups(pool: Pool, plan: Plan) -> list[IntArray]:
    """Places in the pool of each group; one group where there are no floors."""
    if pool.groups is None or plan.least == 0 or not len(pool.ids):
        return [np.arange(len(pool.ids))]
    by_group = np.argsort(pool.groups, kind="stable")
    _, starts = np.unique(pool.groups[by_group], return_index=True)
    return [group.astype(np.int64) for group in np.split(by_group, starts[1:])]
