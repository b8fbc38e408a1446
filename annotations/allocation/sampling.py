"""Drawing a fixed number of items, each with the probability that it is given."""

from __future__ import annotations

import numpy as np

from annotations.allocation.inclusion import FloatArray, IntArray


def systematic_sample(probabilities: FloatArray, rng: np.random.Generator) -> IntArray:
    """Indices of a sample in which every item is with exactly its probability; in random order.

    The items stand in a random order on a line, each as long as its probability; points at a distance of one, from a
    random start, hit those that are drawn. So the size is fixed, and every pair can be drawn together.

    Args:
        probabilities: in 0..1, with a whole number as their sum.
    Source: Madow 1949; with the random order, Hartley & Rao 1962.
    """
    certain = np.flatnonzero(probabilities >= 1)
    rest = rng.permutation(np.flatnonzero(probabilities < 1))
    n = round(float(probabilities[rest].sum()))
    drawn = certain
    if n:
        ends = np.cumsum(probabilities[rest])
        ends *= n / ends[-1]  # the sum of many numbers is not quite whole
        hit = np.searchsorted(ends, rng.random() + np.arange(n), side="right")
        drawn = np.concatenate([certain, rest[np.minimum(hit, len(rest) - 1)]])
    return rng.permutation(drawn).astype(np.int64)
