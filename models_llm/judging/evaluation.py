"""How good a fitted judge is on items it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotations.agreement import METRIC, Contingency, Estimate, contingency, sample_of
from annotations.choices import Scale
from annotations.estimation import IntArray, Resamples
from annotations.rubrics import MISSING, CriterionSpec, RubricSpec
from annotations.sentences import sentence as _
from models_llm.errors import FitError
from models_llm.judging.baseline import BaselineModel, OnStep, RatedItem, fit_model

N_RESAMPLES: Final = 1000


@dataclass(frozen=True)
class HeldOutCriterion:
    """Figures of one criterion over held-out items that people decided.

    Attributes:
        n_fitted: decided items the judge was fitted on.
        n_undecided: held-out items left out because people tied or did not rate.
        kappa: Cohen's; with linear weights on ordinal scales, as `weights` says.
        majority: accuracy of always giving the commonest level of the fitted items.
        note: what a reader must know, such as that people used one level only; else empty.
    """

    key: str
    n_fitted: int
    n_undecided: int
    accuracy: Estimate
    kappa: Estimate
    weights: str
    majority: Estimate
    majority_level: int
    note: str


@dataclass(frozen=True)
class FittedBaseline:
    """A fitted model, which of the given items it was fitted on, and its figures on the others."""

    model: BaselineModel
    fitted: tuple[int, ...]
    held_out: tuple[int, ...]
    criteria: tuple[HeldOutCriterion, ...]


def fit_baseline(
    rubric: RubricSpec,
    rated: Sequence[RatedItem],
    *,
    held_out_share: float,
    rng: np.random.Generator,
    on_step: OnStep | None = None,
) -> FittedBaseline:
    """Fit on some groups of items and evaluate on the others.

    Args:
        held_out_share: share of the items that is kept for the evaluation, 0..1; whole groups go to one side.
        rng: draws the groups, and the resamples of the intervals.
        on_step: called with each step as it begins.
    Raises: FitError, if either side is left empty, or as `fit_model`.
    """
    fitted, held_out = split_groups([one.group for one in rated], held_out_share, rng)
    if not fitted or not held_out:
        raise FitError(
            _(
                "expected rated items of at least two groups to fit on some and evaluate on others, got "
                "%(n_items)s item(s) of %(n_groups)s group(s): rate more items, or hold out another share",
                n_items=len(rated),
                n_groups=len({one.group for one in rated}),
            )
        )
    model = fit_model(rubric, [rated[position] for position in fitted], on_step=on_step)
    if on_step is not None:
        on_step(f"evaluating on {len(held_out)} held-out items")
    tables = model.probabilities([rated[position].item for position in held_out], rubric)
    criteria = evaluate_held_out(rubric, rated, fitted=fitted, held_out=held_out, tables=tables, rng=rng)
    return FittedBaseline(model, tuple(fitted), tuple(held_out), criteria)


def evaluate_held_out(
    rubric: RubricSpec,
    rated: Sequence[RatedItem],
    *,
    fitted: Sequence[int],
    held_out: Sequence[int],
    tables: Sequence[NDArray[np.float64]],
    rng: np.random.Generator,
) -> tuple[HeldOutCriterion, ...]:
    """Figures of a fitted judge on the items it was not fitted on.

    Args:
        fitted, held_out: positions among `rated`.
        tables: for each criterion the probabilities of the levels of the held-out items: (n_held_out, n_levels).
        rng: draws the resamples of the intervals.
    """
    return tuple(
        _evaluate_criterion(
            criterion,
            fitted=_levels(rated, fitted, number),
            wanted=_levels(rated, held_out, number),
            given=tables[number].argmax(axis=1),
            groups=[rated[position].group for position in held_out],
            rng=rng,
        )
        for number, criterion in enumerate(rubric.criteria)
    )


def split_groups(groups: Sequence[str], share: float, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Positions to fit on and positions to hold out, ascending; no group is on both sides.

    Groups are drawn until their items make up `share` of all, as nearly as whole groups allow.
    """
    names = sorted(set(groups))
    sizes = dict.fromkeys(names, 0)
    for name in groups:
        sizes[name] += 1
    wanted, taken, chosen = share * len(groups), 0, set()
    for name in rng.permutation(names):
        if taken + sizes[name] / 2 > wanted:
            continue
        chosen.add(str(name))
        taken += sizes[name]
    fitted = [position for position, name in enumerate(groups) if name not in chosen]
    return fitted, [position for position, name in enumerate(groups) if name in chosen]


def _levels(rated: Sequence[RatedItem], positions: Sequence[int], number: int) -> IntArray:
    levels = [rated[position].levels[number] for position in positions]
    return np.array([MISSING if level is None else level for level in levels], dtype=np.int64)


def _evaluate_criterion(
    criterion: CriterionSpec,
    *,
    fitted: IntArray,
    wanted: IntArray,
    given: IntArray,
    groups: Sequence[str],
    rng: np.random.Generator,
) -> HeldOutCriterion:
    decided = fitted[fitted != MISSING]
    commonest = int(np.bincount(decided, minlength=len(criterion.levels)).argmax())
    weights = "linear" if criterion.scale == Scale.ORDINAL else "nominal"
    n_undecided = int((wanted == MISSING).sum())

    def figure(metric: str, levels: IntArray) -> Estimate:
        patterns = contingency(levels, wanted, criterion.values)
        sample = sample_of(patterns, n_raters=2, excluded={"people did not decide": n_undecided})
        return METRIC[metric].estimate(patterns, _resample_groups(levels, wanted, patterns, groups, rng), sample)

    return HeldOutCriterion(
        key=criterion.key,
        n_fitted=len(decided),
        n_undecided=n_undecided,
        accuracy=figure("accuracy", given),
        kappa=figure(f"cohen_kappa_{weights}", given),
        weights=weights,
        majority=figure("accuracy", np.full_like(given, commonest)),
        majority_level=commonest,
        note=_note(criterion, decided),
    )


def _resample_groups(
    given: IntArray, wanted: IntArray, patterns: Contingency, groups: Sequence[str], rng: np.random.Generator
) -> Resamples:
    """Tables of resampled groups: items of one group share their evidence and are no independent draws."""
    _, numbers = np.unique(np.array(groups), return_inverse=True)
    n_groups, n_levels = int(numbers.max()) + 1, patterns.n_levels
    rows = wanted != MISSING
    cells = np.zeros((n_groups, n_levels**2))
    np.add.at(cells, (numbers[rows], given[rows] * n_levels + wanted[rows]), 1)
    draws = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=N_RESAMPLES)
    return Resamples(draws @ cells, "bootstrap")


def _note(criterion: CriterionSpec, decided: IntArray) -> str:
    seen = np.unique(decided)
    if len(seen) == 1:
        return _(
            "people used one level only, “%(label)s”: it is always given", label=criterion.levels[int(seen[0])].label
        )
    unseen = [level.label for position, level in enumerate(criterion.levels) if position not in seen]
    return _("never given, because people did not use it: %(unseen)s", unseen=", ".join(unseen)) if unseen else ""
