"""Maps fitted on some groups of items and tried on others, so that no figure is of items it was fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotations.agreement import Estimate, Sample, estimate_of
from annotations.estimation import FloatArray, IntArray, Interval
from annotations.sentences import sentence as _
from models_llm.calibration.maps import METHODS, UNCHANGED, CalibrationMap, Method
from models_llm.calibration.scores import (
    Bin,
    bins_of,
    brier_scores,
    equal_mass_edges,
    error_if_calibrated,
    expected_calibration_error,
    log_losses,
    reliability_bins,
)

N_FOLDS: Final = 5
N_RESAMPLES: Final = 1000

NO_ITEMS: Final = _("no item has both a probability and a decision of people")


@dataclass(frozen=True)
class Examples:
    """Probabilities of one event, with what people decided.

    Attributes:
        probabilities: (n,) that the judge gave to the event.
        right: (n,) 1.0 where people say that it is so, else 0.0.
        groups: (n,) number of each item's group, 0 up; items of a group share their evidence.
    """

    probabilities: FloatArray
    right: FloatArray
    groups: IntArray

    @property
    def n_groups(self) -> int:
        return int(self.groups.max()) + 1 if len(self.groups) else 0


@dataclass(frozen=True)
class Scores:
    """How good one set of probabilities is.

    Attributes:
        error_if_calibrated: the calibration error that a perfectly calibrated judge shows on so many items.
        bins: points of the reliability diagram.
    """

    brier: Estimate
    log_loss: Estimate
    calibration_error: Estimate
    error_if_calibrated: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class Candidate:
    """One method on one event.

    Attributes:
        refused: why it was not fitted, in words; then there is no map and there are no scores.
        fitted: the map, fitted on all items.
        scores: of probabilities from maps that were fitted without the item's group.
    """

    method: str
    label: str
    refused: str | None
    fitted: CalibrationMap | None
    scores: Scores | None


@dataclass(frozen=True)
class Calibrated:
    """The calibration of one event.

    Attributes:
        before: of the judge's own probabilities.
        candidates: every method, tried or refused.
        chosen: the map with the least cross-fitted log loss; `none` where no method beats the judge as it is.
        after: of the chosen map's cross-fitted probabilities.
        improvement: joint intervals of Brier score and log loss, after minus before; below 0 is better.
        calibrated: (n,) cross-fitted probabilities of the chosen map.
        folds: (n,) the fold of each item.
        held_out: for each fold the chosen method's map, fitted on the other folds; empty where the choice is `none`.
    """

    n: int
    n_right: int
    n_groups: int
    n_folds: int
    before: Scores
    candidates: tuple[Candidate, ...]
    chosen: CalibrationMap
    after: Scores
    improvement: Mapping[str, Estimate]
    calibrated: FloatArray
    folds: IntArray
    held_out: tuple[CalibrationMap, ...]


def calibrate(examples: Examples, *, excluded: Mapping[str, int], rng: np.random.Generator) -> Calibrated:
    """Try every method on the examples and choose one.

    Args:
        excluded: what was left out before, by reason; it stands beside every figure.
        rng: deals the groups into folds and draws the resamples of groups.
    """
    p, right = examples.probabilities, examples.right
    folds = deal_folds(examples.groups, rng=rng)
    draw = _Draw(examples, dict(excluded), seed=int(rng.integers(2**63)))
    refused = {name: _refusal(method, examples, folds) for name, method in METHODS.items()}
    held_out = {name: cross_fit(method, examples, folds) for name, method in METHODS.items() if refused[name] is None}
    cross_fitted = {name: apply_held_out(fitted, p, folds) for name, fitted in held_out.items()}
    losses = {name: log_losses(q, right).mean() for name, q in (("none", p), *cross_fitted.items())} if len(p) else {}
    best = min(losses, key=losses.__getitem__, default="none")
    maps = {name: CalibrationMap(name, METHODS[name].fit(p, right)) for name in cross_fitted}
    before = draw.scores(p)
    after = {name: draw.scores(q) for name, q in cross_fitted.items()}
    return Calibrated(
        n=len(p),
        n_right=int(right.sum()),
        n_groups=examples.n_groups,
        n_folds=len(np.unique(folds)),
        before=before,
        candidates=tuple(
            Candidate(name, method.label, refused[name], maps.get(name), after.get(name))
            for name, method in METHODS.items()
        ),
        chosen=maps.get(best, UNCHANGED),
        after=after.get(best, before),
        improvement=draw.improvement(p, cross_fitted[best]) if best in cross_fitted else {},
        calibrated=cross_fitted.get(best, p),
        folds=folds,
        held_out=held_out.get(best, ()),
    )


def deal_folds(groups: IntArray, *, rng: np.random.Generator, n_folds: int = N_FOLDS) -> IntArray:
    """(n,); the fold of each item. Whole groups go to one fold, and folds have about equally many groups."""
    if not len(groups):
        return np.empty(0, dtype=np.int64)
    n_groups = int(groups.max()) + 1
    dealt = rng.permutation(np.arange(n_groups) % n_folds)
    return dealt[groups].astype(np.int64)


def cross_fit(method: Method, examples: Examples, folds: IntArray) -> tuple[CalibrationMap, ...]:
    """For each fold the map that is fitted on the others."""
    others = (folds != fold for fold in range(int(folds.max()) + 1))
    return tuple(
        CalibrationMap(method.name, method.fit(examples.probabilities[kept], examples.right[kept])) for kept in others
    )


def apply_held_out(maps: Sequence[CalibrationMap], probabilities: FloatArray, folds: IntArray) -> FloatArray:
    """(n,); each probability by the map of its fold."""
    calibrated = np.empty(len(folds))
    for fold, held_out in enumerate(maps):
        calibrated[folds == fold] = held_out.apply(probabilities[folds == fold])
    return calibrated


def _refusal(method: Method, examples: Examples, folds: IntArray) -> str | None:
    """Why a method cannot be tried; None where it can."""
    n, n_right = len(examples.right), int(examples.right.sum())
    if n < method.fewest:
        return _("needs %(fewest)s items that people decided, there are %(n)s", fewest=f"{method.fewest:,}", n=f"{n:,}")
    if len(np.unique(folds)) < N_FOLDS:
        return _(
            "needs %(fewest)s groups of items for as many folds, there are %(n)s", fewest=N_FOLDS, n=examples.n_groups
        )
    if any(len(np.unique(examples.right[folds != fold])) < 2 for fold in range(N_FOLDS)):
        return _(
            "needs both outcomes whichever fold is held out; %(n_right)s items are right, %(n_wrong)s not",
            n_right=f"{n_right:,}",
            n_wrong=f"{n - n_right:,}",
        )
    return None


@dataclass(frozen=True)
class _Draw:
    """Resamples of groups: the same for every score, so that differences are joint."""

    examples: Examples
    excluded: dict[str, int]
    seed: int

    def scores(self, probabilities: FloatArray) -> Scores:
        right = self.examples.right
        edges = equal_mass_edges(probabilities)
        position = bins_of(probabilities, edges)
        off = np.zeros((len(right), len(edges)))
        off[np.arange(len(right)), position] = right - probabilities
        columns = np.column_stack([brier_scores(probabilities, right), log_losses(probabilities, right), off])
        resampled = self._means(columns)
        # The bins stay those of the sample: the error of a resample is of the same bins with other items in them.
        errors = np.abs(resampled[:, 2:]).sum(axis=1)
        return Scores(
            brier=self._estimate(_mean(columns[:, 0]), resampled[:, 0]),
            log_loss=self._estimate(_mean(columns[:, 1]), resampled[:, 1]),
            calibration_error=self._estimate(expected_calibration_error(probabilities, right), errors),
            error_if_calibrated=error_if_calibrated(probabilities),
            bins=reliability_bins(probabilities, right),
        )

    def improvement(self, before: FloatArray, after: FloatArray) -> dict[str, Estimate]:
        right = self.examples.right
        columns = np.column_stack([
            score(after, right) - score(before, right) for score in (brier_scores, log_losses)
        ])  # fmt: skip
        resampled = self._means(columns)
        return {
            name: self._estimate(_mean(columns[:, index]), resampled[:, index])
            for index, name in enumerate(("brier", "log_loss"))
        }

    def _means(self, columns: FloatArray) -> FloatArray:
        """(n_resamples, n_columns); means over the items of as many groups, drawn with replacement."""
        n_groups = self.examples.n_groups
        if not n_groups:
            return np.full((N_RESAMPLES, columns.shape[1]), np.nan)
        sums = np.zeros((n_groups, columns.shape[1] + 1))
        np.add.at(sums, self.examples.groups, np.column_stack([columns, np.ones(len(columns))]))
        rng = np.random.default_rng(self.seed)
        totals = np.empty((N_RESAMPLES, sums.shape[1]))
        for resample in range(N_RESAMPLES):
            drawn = rng.integers(0, n_groups, size=n_groups)
            totals[resample] = np.bincount(drawn, minlength=n_groups) @ sums
        means: FloatArray = totals[:, :-1] / totals[:, -1:]
        return means

    def _estimate(self, value: float, resampled: FloatArray) -> Estimate:
        n, n_right = len(self.examples.right), int(self.examples.right.sum())
        sample = Sample(n_items=n, n_raters=2, n_pairs=n, n_minority=min(n_right, n - n_right), excluded=self.excluded)
        low, high = np.quantile(resampled, [0.025, 0.975]) if n else (np.nan, np.nan)
        interval = Interval(float(low), float(high), 0.95, "bootstrap", n_resamples=len(resampled))
        return estimate_of(value, interval, sample, undefined=NO_ITEMS)


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else float("nan")
