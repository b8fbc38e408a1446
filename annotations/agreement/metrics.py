"""Every statistic of agreement, in one list.

A new metric is a function in its file and an entry here; the shared properties are tested over the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any, Final

import numpy as np

from annotations.agreement import classification, correlation, many_raters, named_raters, two_raters
from annotations.agreement.estimate import NO_PAIR, ONE_LEVEL, Estimate, Sample, estimate_of
from annotations.agreement.level_weights import WeightKind, agreement_weights
from annotations.agreement.patterns import (
    Contingency,
    CountPatterns,
    Patterns,
    RatingPatterns,
    ScorePatterns,
)
from annotations.estimation import FloatArray, Interval, Resamples, wilson_interval
from annotations.sentences import sentence as _


class Family(StrEnum):
    """What a metric is computed from; the name of the patterns' class."""

    COUNTS = "CountPatterns"
    CELLS = "Contingency"
    SCORES = "ScorePatterns"
    MATRIX = "RatingPatterns"


CONSTANT: Final = _("one side gave the same number throughout")


@dataclass(frozen=True)
class Metric:
    """A statistic with what must be known to compute, check and explain it.

    Attributes:
        name: stable name in JSON and in tests.
        label: name for people.
        compute: (patterns, weights) → (n_resamples,), or (n_resamples, n_levels) where `per_level`.
        undefined: why it has no value although raters share items, in words.
        uses_order: whether the order or the numbers of the levels matter.
        is_symmetric: whether the raters may change places.
        corrects_chance: whether it is undefined when all ratings are at one level.
        perfect: its value when all raters agree and two levels are used; None where that depends on the data.
        per_level: whether it has a value for each level.
        analytic: its interval without resampling.
        trials: denominator of a proportion, whose interval is Wilson's.
    """

    name: str
    label: str
    family: Family
    compute: Callable[[Any, FloatArray], FloatArray]
    undefined: str
    uses_order: bool = False
    is_symmetric: bool = True
    corrects_chance: bool = False
    perfect: float | None = 1.0
    per_level: bool = False
    analytic: Callable[[Any], Interval] | None = None
    trials: Callable[[Contingency], FloatArray] | None = None

    def value(self, patterns: Patterns) -> Any:
        """The statistic of the items as they are: a float, or (n_levels,) where `per_level`."""
        computed = self.compute(patterns, patterns.observed)[0]
        return computed if self.per_level else float(computed)

    def estimate(self, patterns: Patterns, resamples: Resamples, sample: Sample) -> Estimate:
        """The statistic with its interval; where `per_level`, that of the first level."""
        return self.estimates(patterns, resamples, sample)[0]

    def estimates(self, patterns: Patterns, resamples: Resamples, sample: Sample) -> tuple[Estimate, ...]:
        """One estimate per level in the order of the levels, or the only one."""
        values = np.atleast_1d(self.value(patterns))
        intervals = self._intervals(patterns, resamples, values)
        undefined = self.undefined if sample.n_pairs else NO_PAIR
        return tuple(
            estimate_of(float(value), interval, sample, undefined=undefined)
            for value, interval in zip(values, intervals, strict=True)
        )

    def _intervals(self, patterns: Any, resamples: Resamples, values: FloatArray) -> list[Interval]:
        if self.analytic is not None:
            return [self.analytic(patterns)]
        if self.trials is not None:
            trials = np.atleast_1d(self.trials(patterns))
            return [wilson_interval(float(value * n), float(n)) for value, n in zip(values, trials, strict=True)]
        resampled = self.compute(patterns, resamples.weights).reshape(len(resamples.weights), -1)
        return [
            resamples.interval(column, value=float(value)) for column, value in zip(resampled.T, values, strict=True)
        ]


def sample_of(
    patterns: CountPatterns | Contingency | RatingPatterns | ScorePatterns,
    *,
    n_raters: int,
    excluded: Mapping[str, int] | None = None,
) -> Sample:
    """What there is to a set of patterns: items, pairs, and items off the commonest level."""
    sample = Sample(n_items=0, n_raters=n_raters, n_pairs=0, excluded=dict(excluded or {}))
    if isinstance(patterns, ScorePatterns):
        return replace(sample, n_items=patterns.n_pairs, n_pairs=patterns.n_pairs)
    counts = patterns if isinstance(patterns, CountPatterns) else patterns.as_counts()
    pairable = counts.n_ratings >= 2
    items, rows = counts.n_items[pairable], counts.counts[pairable]
    commonest = int((items @ rows).argmax()) if len(items) else 0
    other = rows.sum(axis=1) > rows[:, commonest]
    return replace(sample, n_items=int(items.sum()), n_pairs=counts.n_pairs, n_minority=int(items[other].sum()))


def _weighted(function: Callable[..., FloatArray], kind: WeightKind) -> Callable[[Any, FloatArray], FloatArray]:
    def compute(patterns: Any, weights: FloatArray) -> FloatArray:
        return function(patterns, weights, level_weights=agreement_weights(kind, len(patterns.values)))

    return compute


def _gwet(name: str, label: str, kind: WeightKind) -> Metric:
    def analytic(patterns: CountPatterns) -> Interval:
        level_weights = agreement_weights(kind, len(patterns.values))
        return many_raters.gwet_interval(patterns, level_weights=level_weights)

    return Metric(
        name,
        label,
        Family.COUNTS,
        _weighted(many_raters.gwet_ac, kind),
        NO_PAIR,
        uses_order=kind != "nominal",
        analytic=analytic,
    )


def _alpha(distance: many_raters.DistanceKind) -> Metric:
    return Metric(
        f"krippendorff_alpha_{distance}",
        f"Krippendorff's alpha, {distance}",
        Family.COUNTS,
        partial(many_raters.krippendorff_alpha, distance=distance),
        ONE_LEVEL,
        uses_order=distance != "nominal",
        corrects_chance=True,
    )


def _cohen(kind: WeightKind) -> Metric:
    return Metric(
        f"cohen_kappa_{kind}",
        f"Cohen's kappa, {kind}",
        Family.CELLS,
        _weighted(two_raters.cohen_kappa, kind),
        ONE_LEVEL,
        uses_order=kind != "nominal",
        corrects_chance=True,
    )


def _icc(form: named_raters.IccForm) -> Metric:
    return Metric(
        f"icc_{form}",
        f"ICC({form.replace('_', ',')})",
        Family.MATRIX,
        partial(named_raters.intraclass_correlation, form=form),
        _("fewer than two items have a rating of every rater, or their ratings do not differ"),
        uses_order=True,
        corrects_chance=True,
    )


def _score(name: str, label: str, function: Callable[..., FloatArray], *, perfect: float = 1.0) -> Metric:
    return Metric(
        name,
        label,
        Family.SCORES,
        function,
        CONSTANT,
        uses_order=True,
        is_symmetric=name != "mean_difference",
        corrects_chance=perfect == 1.0,
        perfect=perfect,
    )


def _class(name: str, function: Callable[..., FloatArray], undefined: str = NO_PAIR, **facts: Any) -> Metric:
    return Metric(
        name,
        name.replace("_", " ").capitalize().replace("f1", "F1"),
        Family.CELLS,
        function,
        undefined,
        **{"is_symmetric": False, **facts},
    )


def _per_level(
    name: str,
    function: Callable[..., FloatArray],
    undefined: str,
    *,
    symmetric: bool = False,
    trials: Callable[[Contingency], FloatArray] | None = None,
) -> Metric:
    return _class(name, function, undefined, per_level=True, trials=trials, is_symmetric=symmetric)


def _n_pairs(patterns: Contingency) -> FloatArray:
    return np.array([patterns.n_pairs], dtype=np.float64)


_NOT_GIVEN: Final = _("the judge never gave this level")
_NOT_WANTED: Final = _("people never gave this level")

METRICS: Final[tuple[Metric, ...]] = (
    Metric("percent_agreement", "Percent agreement", Family.COUNTS, many_raters.percent_agreement, NO_PAIR),
    Metric(
        "fleiss_kappa",
        "Fleiss' kappa",
        Family.COUNTS,
        many_raters.fleiss_kappa,
        ONE_LEVEL,
        corrects_chance=True,
    ),
    *(_alpha(distance) for distance in ("nominal", "ordinal", "interval", "ratio")),
    _gwet("gwet_ac1", "Gwet's AC1", "nominal"),
    _gwet("gwet_ac2_linear", "Gwet's AC2, linear", "linear"),
    _gwet("gwet_ac2_quadratic", "Gwet's AC2, quadratic", "quadratic"),
    _gwet("gwet_ac2_ordinal", "Gwet's AC2, ordinal", "ordinal"),
    Metric("brennan_prediger", "Brennan-Prediger", Family.COUNTS, many_raters.brennan_prediger, NO_PAIR),
    *(_cohen(kind) for kind in ("nominal", "linear", "quadratic")),
    Metric("scott_pi", "Scott's pi", Family.CELLS, two_raters.scott_pi, ONE_LEVEL, corrects_chance=True),
    _class("accuracy", classification.accuracy, is_symmetric=True, trials=_n_pairs),
    # Wilson: where levels are near equal, the best of a resample is nearly always better than that of the items.
    _class("majority_baseline", classification.majority_baseline, perfect=None, trials=_n_pairs),
    _per_level("precision", classification.precision, _NOT_GIVEN, trials=lambda p: p.table.sum(axis=1)),
    _per_level("recall", classification.recall, _NOT_WANTED, trials=lambda p: p.table.sum(axis=0)),
    _per_level(
        "specificity",
        classification.specificity,
        _("people gave no other level"),
        trials=lambda p: p.n_pairs - p.table.sum(axis=0),
    ),
    _per_level("f1", classification.f1, _("neither side gave this level"), symmetric=True),
    _class("macro_precision", classification.macro_precision),
    _class("macro_recall", classification.macro_recall),
    _class("macro_f1", classification.macro_f1, is_symmetric=True),
    _class(
        "weighted_precision",
        classification.weighted_precision,
        _("the judge never gave a level that people gave"),
    ),
    _class("weighted_f1", classification.weighted_f1),
    _score("pearson_r", "Pearson's r", correlation.pearson_r),
    _score("spearman_rho", "Spearman's rho", correlation.spearman_rho),
    _score("kendall_tau_b", "Kendall's tau-b", correlation.kendall_tau_b),
    _score("mean_difference", "Mean difference", correlation.mean_difference, perfect=0.0),
    _score(
        "root_mean_square_difference",
        "Root mean square difference",
        correlation.root_mean_square_difference,
        perfect=0.0,
    ),
    *(_icc(form) for form in ("1_1", "2_1", "3_1", "1_k", "2_k", "3_k")),
    Metric(
        "conger_kappa",
        "Conger's kappa",
        Family.MATRIX,
        named_raters.conger_kappa,
        ONE_LEVEL,
        corrects_chance=True,
    ),
)

METRIC: Final[Mapping[str, Metric]] = {metric.name: metric for metric in METRICS}
