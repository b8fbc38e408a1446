"""Figures of checks with their intervals, each decided by its requirement."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from scipy.stats import binomtest

from annotations.estimation import FloatArray, resample_items, wilson_interval
from annotations.sentences import sentence as _
from models_llm.bias.report import Figure
from models_llm.bias.requirement import Requirement
from models_llm.choices import Decision

LEVEL: Final = 0.95

FEWEST: Final = 20
"""Fewer clusters than this give no interval by resampling that could be relied on."""


def share(
    name: str, n: int, n_trials: int, *, requirement: Requirement | None, criterion: str = "", nothing: str = ""
) -> Figure:
    """A share with Wilson's interval.

    Args:
        nothing: why there are no trials, should there be none.
    """
    if n_trials == 0:
        return Figure(name, criterion, note=nothing or _("no item to count"))
    interval = wilson_interval(n, n_trials, level=LEVEL)
    return _decided(Figure(name, criterion, n / n_trials, interval.low, interval.high, n_trials, "wilson", requirement))


def even_share(name: str, n: int, n_trials: int, *, criterion: str = "", nothing: str = "") -> Figure:
    """A share that should be one half, with the exact test and the exact (Clopper-Pearson) interval.

    Source: Clopper & Pearson 1934.
    """
    if n_trials == 0:
        return Figure(name, criterion, note=nothing)
    test = binomtest(n, n_trials, 0.5)
    ends = test.proportion_ci(LEVEL, method="exact")
    figure = Figure(
        name, criterion, n / n_trials, float(ends.low), float(ends.high), n_trials, "exact", Requirement(holds=0.5),
        p_value=float(test.pvalue),
    )  # fmt: skip
    return _decided(figure)


def resampled(
    name: str,
    statistic: Callable[[FloatArray], FloatArray],
    clusters: Sequence[str],
    *,
    requirement: Requirement | None,
    rng: np.random.Generator,
    criterion: str = "",
    step: float = 0.0,
    undefined: str = "",
) -> Figure:
    """A statistic of items with the percentiles of a bootstrap over their clusters.

    Args:
        statistic: (n_resamples, n_items) weights of the items → (n_resamples,) values, nan where undefined.
        clusters: what each item is resampled with.
        step: what one more item could change the statistic of a single item by. Where all resamples are alike the
            bootstrap cannot see what did not happen: the interval is then as wide as the step for every item of the
            share that may have been missed, 1 - 0.025^(1/n) of n clusters.
        undefined: why it has no value, should it have none.
    """
    n_items = len(clusters)
    value = float(statistic(np.ones((1, n_items)))[0]) if n_items else math.nan
    if math.isnan(value):
        return Figure(name, criterion, n=n_items, note=undefined or _("no item to measure it on"))
    members = np.unique(np.array(clusters), return_inverse=True)[1]
    n_clusters = int(members.max()) + 1
    if n_clusters < FEWEST:
        note = _("%(n)s independent items; an interval needs %(fewest)s", n=n_clusters, fewest=FEWEST)
        decision = None if requirement is None else Decision.UNDECIDED
        return Figure(name, criterion, value, n=n_items, requirement=requirement, decision=decision, note=note)
    resamples = resample_items(np.ones(n_clusters, dtype=np.int64), rng=rng)
    interval = resamples.interval(statistic(resamples.weights[:, members]), value=value, level=LEVEL)
    low, high = interval.low, interval.high
    if low == high:
        missed = step * (1 - 0.025 ** (1 / n_clusters))
        low, high = low - missed, high + missed
    return _decided(Figure(name, criterion, value, low, high, n_items, interval.method, requirement))


def _decided(figure: Figure) -> Figure:
    low, high = (math.nan if end is None or math.isnan(end) else end for end in (figure.low, figure.high))
    decision = None if figure.requirement is None else figure.requirement.decide(low, high)
    return Figure(
        **{
            **vars(figure),
            "low": None if math.isnan(low) else low,
            "high": None if math.isnan(high) else high,
            "decision": decision,
        }
    )
