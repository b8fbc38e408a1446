"""What a trial says of the rest: how long it would take, how many tokens, what it would cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from models_llm.models import Run, Verdict
from models_llm.selectors.runs import RunProgress


@dataclass(frozen=True)
class Total:
    """A sum that is expected, with a 95 % prediction interval; nan bounds where there is none."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """What the rest of a selection would take, by a trial.

    Attributes:
        n: verdicts of the trial that the figures stand on; copies of others are none, they cost nothing.
        n_rest: items that are left.
        seconds: at the trial's rate. A long run keeps its engine busier, so it takes less rather than more.
        tokens, cost: for all of the rest, with an interval; None where the engine does not say.
    """

    n: int
    n_rest: int
    seconds: float
    tokens: Total | None
    cost: Total | None


def forecast(trial: Run, progress: RunProgress, *, n_rest: int) -> Forecast:
    rows = list(
        Verdict.objects.live()
        .filter(run=trial, copied_from=None)
        .values_list("prompt_tokens", "completion_tokens", "cost")
    )
    tokens = [prompt + (completion or 0) for prompt, completion, _ in rows if prompt is not None]
    costs = [cost for _, _, cost in rows if cost is not None]
    return Forecast(
        n=len(rows),
        n_rest=n_rest,
        seconds=n_rest / progress.rate if progress.rate > 0 else math.nan,
        tokens=total_of(tokens, n_rest) if tokens else None,
        cost=total_of(costs, n_rest) if costs else None,
    )


def total_of(seen: Sequence[float], n_rest: int) -> Total:
    """The sum over `n_rest` more values like those that were seen, with a prediction interval.

    Returns: the sum expected, and an interval that allows for what the mean of a few is worth and for the scatter of
        the rest; nan bounds where fewer than two values were seen. Never below 0.
    Formula: N m ± t(n - 1) s sqrt(N² / n + N).
    """
    n, mean = len(seen), float(np.mean(seen))
    if n < 2:
        return Total(n_rest * mean, math.nan, math.nan)
    t = float(stdtrit(n - 1, 0.975))
    half = t * float(np.std(seen, ddof=1)) * math.sqrt(n_rest**2 / n + n_rest)
    return Total(n_rest * mean, max(0.0, n_rest * mean - half), n_rest * mean + half)
