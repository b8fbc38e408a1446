"""How far probabilities are from what happened: scores of single items, and bins of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from annotations.estimation import FloatArray, IntArray, Interval, wilson_interval
from models_llm.calibration.maps import inside

N_BINS: Final = 10


def brier_scores(probabilities: FloatArray, right: FloatArray) -> FloatArray:
    """(n,); squared distance of each probability from 0 or 1. Their mean is the Brier score. Source: Brier 1950."""
    return (probabilities - right) ** 2


def log_losses(probabilities: FloatArray, right: FloatArray) -> FloatArray:
    """(n,); minus the logarithm of the probability given to what happened, in nats, kept inside `EDGE`."""
    p = inside(probabilities)
    return -np.log(np.where(right == 1, p, 1 - p))


@dataclass(frozen=True)
class Bin:
    """A bin of a reliability diagram.

    Attributes:
        above, up_to: its ends; closed on the right, the first one on both sides.
        mean: of the probabilities in it.
        share: of its items that are right.
        interval: Wilson's, of the share.
    """

    above: float
    up_to: float
    n: int
    mean: float
    share: float
    interval: Interval


def equal_mass_edges(probabilities: FloatArray, *, n_bins: int = N_BINS) -> FloatArray:
    """Upper ends of bins with about equally many items, ascending; the last is the greatest probability.

    Equal probabilities stay in one bin, so there may be fewer bins than asked for. Empty without items.
    """
    if not len(probabilities):
        return np.empty(0)
    shares = np.arange(1, n_bins + 1) / n_bins
    return np.unique(np.quantile(probabilities, shares, method="inverted_cdf"))


def bins_of(probabilities: FloatArray, edges: FloatArray) -> IntArray:
    """(n,); position of each probability's bin: the first whose upper end is not below it."""
    return np.searchsorted(edges, probabilities, side="left").astype(np.int64)


def reliability_bins(probabilities: FloatArray, right: FloatArray, *, n_bins: int = N_BINS) -> tuple[Bin, ...]:
    """The points of a reliability diagram, by rising probability."""
    edges = equal_mass_edges(probabilities, n_bins=n_bins)
    position = bins_of(probabilities, edges)
    counts = np.bincount(position, minlength=len(edges))
    sums = np.bincount(position, weights=probabilities, minlength=len(edges))
    hits = np.bincount(position, weights=right, minlength=len(edges))
    ends = [float(probabilities.min()) if len(edges) else 0.0, *edges.tolist()]
    return tuple(
        Bin(
            above=ends[index],
            up_to=ends[index + 1],
            n=int(n),
            mean=float(total / n),
            share=float(hit / n),
            interval=wilson_interval(float(hit), float(n)),
        )
        for index, (n, total, hit) in enumerate(zip(counts, sums, hits, strict=True))
    )


def expected_calibration_error(probabilities: FloatArray, right: FloatArray, *, n_bins: int = N_BINS) -> float:
    """Mean distance of a bin's share of right items from its mean probability, weighted by items; nan without items.

    Formula: Σ_b n_b/n |share_b − mean_b| over equal-mass, right-closed bins. It cannot be 0 on a sample, however well
    the judge is calibrated: `error_if_calibrated` is what such a judge shows.
    """
    if not len(probabilities):
        return float("nan")
    position = bins_of(probabilities, equal_mass_edges(probabilities, n_bins=n_bins))
    return float(np.abs(np.bincount(position, weights=right - probabilities)).sum() / len(right))


def error_if_calibrated(probabilities: FloatArray, *, n_bins: int = N_BINS) -> float:
    """Expected calibration error of a judge whose probabilities are exactly right, on so many items.

    A bin's difference then has mean 0 and variance Σ p(1 − p); the mean of its absolute value is √(2/π) times its
    standard deviation, by the normal approximation. nan without items.
    """
    if not len(probabilities):
        return float("nan")
    position = bins_of(probabilities, equal_mass_edges(probabilities, n_bins=n_bins))
    variance = np.bincount(position, weights=probabilities * (1 - probabilities))
    return float(np.sqrt(2 / np.pi) * np.sqrt(variance).sum() / len(probabilities))
