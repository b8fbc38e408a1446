"""Does a longer text fare better for being longer?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np

from annotations.estimation import FloatArray
from annotations.rubrics import CriterionSpec
from annotations.sentences import sentence as _
from models_llm.bias.check import Check
from models_llm.bias.intervals import FEWEST, resampled
from models_llm.bias.report import Figure
from models_llm.bias.requirement import Requirement
from models_llm.bias.sample import (
    AuditedItem,
    Done,
    Sample,
    Subject,
    Trial,
    number_of,
    numbers_of_levels,
    people_number,
)
from models_llm.bias.texts import n_characters, padded, texts_in, with_longest_text

_NAMES: Final = ("A padded", "B padded")


@dataclass(frozen=True)
class LengthCheck(Check):
    """The longest text of a candidate padded with neutral sentences; of a pair first the one, then the other.

    Attributes:
        shift: of the mean change of the level, in points of the scale; of a pair in wins of the padded one.
        slope: of how much more the judge gives than people do for twice the length.
    """

    key = "length"
    title = "Length"
    about = "A candidate is padded with sentences that say nothing: its levels should stay."

    shift: Requirement = Requirement(-0.1, 0.1)
    slope: Requirement = Requirement(-0.1, 0.1)

    def n_judgings(self, n_items: int, subject: Subject) -> int:
        return 2 * n_items if subject.preferences else n_items if subject.ordered else 0

    def obstacle(self, sample: Sample) -> str:
        if not _measured(sample.subject):
            return _("no criterion has points of a scale or a preference between two candidates")
        return "" if self.trials(sample) else _("no candidate has a text that could be padded")

    def trials(self, sample: Sample) -> list[Trial]:
        n_padded = 2 if sample.subject.preferences else 1
        return [
            Trial(at, _NAMES[slot] if n_padded == 2 else "padded", replace(one.item, candidates=_padded(one, slot)))
            for at, one in enumerate(sample.items)
            if len(one.item.candidates) >= n_padded
            for slot in range(n_padded)
            if any(texts_in(one.item.candidates[slot]))
        ]

    def figures(self, sample: Sample, done: Sequence[Done], rng: np.random.Generator) -> list[Figure]:
        figures = []
        for at in _measured(sample.subject):
            criterion = sample.subject.rubric.criteria[at]
            shifts = np.array([_shift(one, criterion, at) for one in done])
            figures.append(
                resampled(
                    "shift by padding",
                    partial(_means, values=shifts),
                    [one.item.cluster for one in done],
                    requirement=self.shift,
                    rng=rng,
                    criterion=criterion.key,
                    step=_step(criterion),
                )
            )
            figures.append(self._slope(sample, criterion, at, rng))
        return figures

    def _slope(self, sample: Sample, criterion: CriterionSpec, at: int, rng: np.random.Generator) -> Figure:
        """Judge minus people, regressed on the binary logarithm of the length ratio.

        Of a pair the ratio is that of its candidates; else it is to the sample's mean.
        """
        name = "judge minus people, for twice the length"
        points, clusters = [], []
        for one, verdict in zip(sample.items, sample.plain, strict=True):
            people, ratio = (
                people_number(one, criterion, at),
                _log_length(one, is_pair=at in sample.subject.preferences),
            )
            if people is not None and ratio is not None:
                points.append((ratio, number_of(verdict, criterion, at) - people))
                clusters.append(one.cluster)
        if len(set(clusters)) < FEWEST:
            return Figure(
                name, criterion.key, n=len(points), note=_("people rated %(n)s of these items", n=len(points))
            )
        x, y = np.array(points).T
        return resampled(
            name,
            lambda weights: _slopes(weights, x, y),
            clusters,
            requirement=self.slope,
            rng=rng,
            criterion=criterion.key,
            undefined=_("all candidates are of one length"),
        )

    def badness(self, sample: Sample, done: Done) -> float:
        rubric = sample.subject.rubric
        return max(abs(_shift(done, rubric.criteria[at], at)) for at in _measured(sample.subject))


def _measured(subject: Subject) -> tuple[int, ...]:
    return subject.preferences or subject.ordered


def _padded(one: AuditedItem, slot: int) -> tuple[object, ...]:
    return tuple(
        with_longest_text(candidate, padded) if at == slot else candidate
        for at, candidate in enumerate(one.item.candidates)
    )


def _shift(done: Done, criterion: CriterionSpec, at: int) -> float:
    """What padding brought the padded candidate."""
    shift = number_of(done.after, criterion, at) - number_of(done.before, criterion, at)
    return -shift if done.trial.name == _NAMES[1] else shift


def _step(criterion: CriterionSpec) -> float:
    """The smallest difference between two levels."""
    numbers = sorted(set(numbers_of_levels(criterion)))
    return min((high - low for low, high in pairwise(numbers)), default=0.0)


def _log_length(one: AuditedItem, *, is_pair: bool) -> float | None:
    """Binary logarithm of the candidate's length, or of the ratio of a pair's lengths; None for an empty one."""
    lengths = [n_characters(candidate) for candidate in one.item.candidates[: 2 if is_pair else 1]]
    if not all(lengths) or len(lengths) < (2 if is_pair else 1):
        return None
    logs = np.log2(lengths)
    return float(logs[0] - logs[1]) if is_pair else float(logs[0])


def _means(weights: FloatArray, values: FloatArray) -> FloatArray:
    means: FloatArray = weights @ values / weights.sum(axis=1)
    return means


def _slopes(weights: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Slope of the least-squares line under each row of weights; nan where all x are the same."""
    n = weights.sum(axis=1)
    mean_x, mean_y = weights @ x / n, weights @ y / n
    spread = weights @ (x * x) / n - mean_x**2
    joint = weights @ (x * y) / n - mean_x * mean_y
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 1e-12, joint / spread, np.nan)
