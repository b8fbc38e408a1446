"""Does the same judge say the same again, by itself and under a rubric in another order?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotations.agreement import METRIC, CountPatterns
from annotations.rubrics import CriterionSpec
from annotations.sentences import sentence as _
from models_llm.bias.check import Check
from models_llm.bias.intervals import resampled, share
from models_llm.bias.report import Figure
from models_llm.bias.requirement import Requirement
from models_llm.bias.sample import Done, Sample, Subject, Trial, levels_of
from models_llm.bias.setup import Setup

WARM: Final = 0.7


def _again(sample: Sample, name: str, setup: Setup) -> list[Trial]:
    return [Trial(at, name, one.item, setup) for at, one in enumerate(sample.items)]


def _by_name(done: Sequence[Done]) -> Iterator[tuple[str, list[Done]]]:
    for name in dict.fromkeys(one.trial.name for one in done):
        yield name, [one for one in done if one.trial.name == name]


def _unchanged(name: str, done: Sequence[Done], criterion: CriterionSpec, at: int, requirement: Requirement) -> Figure:
    n_same = sum(levels_of(one.before)[at] == levels_of(one.after)[at] for one in done)
    return share(f"unchanged, {name}", n_same, len(done), requirement=requirement, criterion=criterion.key)


def _n_changed(done: Done) -> float:
    return float(
        sum(before != after for before, after in zip(levels_of(done.before), levels_of(done.after), strict=True))
    )


@dataclass(frozen=True)
class RepeatCheck(Check):
    """The same items again, at another seed, and where a model writes also at temperature 0.7.

    Attributes:
        unchanged: of the share of ratings that stay, at another seed.
        alpha: of Krippendorff's alpha of first and second rating, at another seed.
        warm_alpha: of the same at temperature 0.7.
    """

    key = "repeat"
    title = "Repeat consistency"
    about = "The same items are judged again: at another seed, and with replies drawn at temperature 0.7."

    unchanged: Requirement = Requirement(low=0.9)
    alpha: Requirement = Requirement(low=0.8)
    warm_alpha: Requirement = Requirement(low=0.667)

    def n_judgings(self, n_items: int, subject: Subject) -> int:
        return (2 if subject.models else 1) * n_items

    def obstacle(self, sample: Sample) -> str:
        del sample
        return ""

    def trials(self, sample: Sample) -> list[Trial]:
        trials = _again(sample, "another seed", Setup(draw=1))
        if sample.subject.models:
            trials += _again(sample, f"temperature {WARM}", Setup(draw=2, temperature=WARM))
        return trials

    def figures(self, sample: Sample, done: Sequence[Done], rng: np.random.Generator) -> list[Figure]:
        figures = []
        for name, again in _by_name(done):
            is_warm = name != "another seed"
            for at, criterion in enumerate(sample.subject.rubric.criteria):
                if not is_warm:
                    figures.append(_unchanged(name, again, criterion, at, self.unchanged))
                requirement = self.warm_alpha if is_warm else self.alpha
                figures.append(_alpha(name, again, criterion, at, requirement, rng))
        return figures

    def badness(self, sample: Sample, done: Done) -> float:
        del sample
        return _n_changed(done)


@dataclass(frozen=True)
class OrderCheck(Check):
    """The rubric with its criteria, then with each criterion's levels, from last to first.

    Attributes:
        unchanged: of the share of ratings that stay.
    """

    key = "order"
    title = "Order of the rubric"
    about = "The rubric is read with its criteria, then with their levels, from last to first: ratings should stay."

    unchanged: Requirement = Requirement(low=0.8)

    def n_judgings(self, n_items: int, subject: Subject) -> int:
        return len(self._orders(subject)) * n_items

    def obstacle(self, sample: Sample) -> str:
        return _("the judge or a member of it was fitted, and reads no rubric") if sample.subject.was_fitted else ""

    def trials(self, sample: Sample) -> list[Trial]:
        return [trial for setup in self._orders(sample.subject) for trial in _again(sample, setup.order, setup)]

    def figures(self, sample: Sample, done: Sequence[Done], rng: np.random.Generator) -> list[Figure]:
        del rng  # Wilson's intervals
        return [
            _unchanged(name, again, criterion, at, self.unchanged)
            for name, again in _by_name(done)
            for at, criterion in enumerate(sample.subject.rubric.criteria)
        ]

    def badness(self, sample: Sample, done: Done) -> float:
        del sample
        return _n_changed(done)

    def _orders(self, subject: Subject) -> list[Setup]:
        if subject.was_fitted:
            return []
        levels = [Setup(order="levels reversed")]
        return [Setup(order="criteria reversed"), *levels] if len(subject.rubric.criteria) > 1 else levels


def _alpha(
    name: str,
    done: Sequence[Done],
    criterion: CriterionSpec,
    at: int,
    requirement: Requirement,
    rng: np.random.Generator,
) -> Figure:
    counts = np.zeros((len(done), len(criterion.levels)))
    for row, one in enumerate(done):
        counts[row, levels_of(one.before)[at]] += 1
        counts[row, levels_of(one.after)[at]] += 1
    # A row for each item, and not for each pattern: items are resampled by their clusters.
    patterns = CountPatterns(np.ones(len(done), dtype=np.int64), counts, np.array(criterion.values))
    metric = METRIC[f"krippendorff_alpha_{'ordinal' if criterion.is_ordered else 'nominal'}"]
    return resampled(
        f"alpha, {name}",
        lambda weights: metric.compute(patterns, weights),
        [one.item.cluster for one in done],
        requirement=requirement,
        rng=rng,
        criterion=criterion.key,
        undefined=metric.undefined,
    )
