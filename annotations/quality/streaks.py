"""The longest run of one answer, and how likely so long a run is for somebody who answers as this person does."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from annotations.estimation import FloatArray, IntArray
from annotations.quality.signal import Signal, share
from annotations.sentences import sentence as _

NO_ANSWER = _("no answer yet")


@dataclass(frozen=True)
class Streak:
    """The longest run of one answer.

    Attributes:
        length: answers in a row; 0 without answers.
        answer: level positions of that answer.
        chance: of a run at least as long among `n` answers drawn at random with the person's own frequencies; nan
            without answers, and where only one answer was ever given, which says all there is to say.
        n: answers.
        commonest: share of the answer that the person gives most often.
        undefined: why there is no chance, in words.
    """

    length: int
    answer: tuple[int, ...]
    chance: float
    n: int
    commonest: Signal
    undefined: str | None = None


def longest_streak(levels: IntArray) -> Streak:
    """Args: levels: (n, n_criteria); answers in the order they were given."""
    n = len(levels)
    if not n:
        return Streak(0, (), math.nan, 0, share(0, 0, reason=NO_ANSWER), undefined=NO_ANSWER)
    answers, which, counts = np.unique(levels, axis=0, return_inverse=True, return_counts=True)
    which = which.reshape(-1)
    starts = np.flatnonzero(np.concatenate([[True], which[1:] != which[:-1]]))
    lengths = np.diff(np.append(starts, n))
    longest = int(lengths.argmax())
    length, answer = int(lengths[longest]), answers[which[starts[longest]]]
    commonest = share(int(counts.max()), n, reason=NO_ANSWER)
    said = tuple(int(level) for level in answer)
    if len(answers) == 1:
        return Streak(length, said, math.nan, n, commonest, undefined=_("only one answer was ever given"))
    return Streak(length, said, chance_of_run(counts / n, n=n, length=length), n, commonest)


def chance_of_run(frequencies: FloatArray, *, n: int, length: int) -> float:
    """Chance that `n` independent draws hold a run of at least `length` of any one symbol; exact.

    With g_s(t) the chance that no such run has come by draw t and that draw t is symbol s, and G(t) their sum:
    g_s(t) = p_s G(t-1) - p_s^length (G(t-length) - g_s(t-length)), G(0) = 1, g_s(0) = 0.

    Args:
        frequencies: (n_symbols,); they sum to 1.
    """
    if length <= 1:
        return 1.0 if n >= length else 0.0
    g = np.zeros((n + 1, len(frequencies)))
    total = np.ones(n + 1)
    powers = frequencies**length
    for t in range(1, n + 1):
        g[t] = frequencies * total[t - 1]
        if t >= length:
            g[t] -= powers * (total[t - length] - g[t - length])
        total[t] = g[t].sum()
    return float(min(max(1 - total[n], 0.0), 1.0))
