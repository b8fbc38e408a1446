"""How fast a person answers for the length of what there is to read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import binom

from annotations.estimation import FloatArray, IntArray
from annotations.quality.signal import LEVEL, Signal, undefined
from annotations.sentences import sentence as _

N_BANDS: Final = 4
FEWEST_OTHERS: Final = 5
"""A band of length tells nothing where other people gave fewer answers than this."""


@dataclass(frozen=True)
class Timed:
    """Answers with the seconds they took and the characters there were to read."""

    seconds: FloatArray
    characters: IntArray


@dataclass(frozen=True)
class Pace:
    """A person's pace beside other people's.

    Attributes:
        ratio: median of seconds over the others' median for items as long; 0.5 is twice as fast.
        median_s: median seconds of the person, whatever the length; nan without answers.
        logs: (n,) log of the ratio of each answer; nan where it cannot be said.
    """

    ratio: Signal
    median_s: float
    logs: FloatArray


def pace(own: Timed, others: Timed) -> Pace:
    """A person's seconds against the median of the others for items of a like length.

    Lengths are cut into bands with the same number of answers. The interval is the distribution-free one of a median,
    by order statistics; the others' medians are taken as they are.
    """
    median_s = float(np.median(own.seconds)) if len(own.seconds) else math.nan
    if not len(own.seconds):
        return Pace(undefined(_("no answer whose seconds are known")), median_s, np.empty(0))
    edges = np.quantile(np.concatenate([own.characters, others.characters]), np.linspace(0, 1, N_BANDS + 1)[1:-1])
    usual = np.full(N_BANDS, np.nan)
    band_of_others = np.searchsorted(edges, others.characters, side="right")
    for band in range(N_BANDS):
        seconds = others.seconds[band_of_others == band]
        if len(seconds) >= FEWEST_OTHERS:
            usual[band] = np.median(seconds)
    usual[usual <= 0] = np.nan
    expected = usual[np.searchsorted(edges, own.characters, side="right")]
    logs = np.log(np.maximum(own.seconds, 0.1) / expected)
    known = logs[~np.isnan(logs)]
    if not len(known):
        reason = _("fewer than %(fewest)s answers of other people on items of such a length", fewest=FEWEST_OTHERS)
        return Pace(undefined(reason), median_s, logs)
    return Pace(_median(known), median_s, logs)


def _median(logs: FloatArray) -> Signal:
    ordered, n = np.sort(logs), len(logs)
    rank = int(binom.ppf((1 - LEVEL) / 2, n, 0.5))
    value = float(np.exp(np.median(ordered)))
    if rank < 1:
        return Signal(value, math.nan, math.nan, n, doubt=_("too few answers for an interval"))
    return Signal(value, float(np.exp(ordered[rank - 1])), float(np.exp(ordered[n - rank])), n)
