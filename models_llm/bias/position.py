"""Does it matter which candidate stands first?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from annotations.rubrics import CriterionSpec
from annotations.sentences import sentence as _
from models_llm.bias.check import Check
from models_llm.bias.intervals import even_share, share
from models_llm.bias.report import Figure
from models_llm.bias.requirement import Requirement
from models_llm.bias.sample import AuditedItem, Done, Sample, Subject, Trial, levels_of

SWAPPED: Final = "swapped"
"""Name of the trials."""


@dataclass(frozen=True)
class PositionCheck(Check):
    """Each pair in both orders.

    Attributes:
        same_winner: of the share of pairs with the same winner in both.
    """

    key = "position"
    title = "Position"
    about = "Each pair is judged in both orders: the same candidate should win."

    same_winner: Requirement = Requirement(low=0.8)

    def n_judgings(self, n_items: int, subject: Subject) -> int:
        return n_items if subject.preferences else 0

    def obstacle(self, sample: Sample) -> str:
        if not sample.subject.preferences:
            return _("the rubric has no preference between two candidates")
        return "" if any(map(_is_pair, sample.items)) else _("no item has two candidates")

    def trials(self, sample: Sample) -> list[Trial]:
        return [
            Trial(at, SWAPPED, replace(one.item, candidates=one.item.candidates[::-1]))
            for at, one in enumerate(sample.items)
            if _is_pair(one)
        ]

    def figures(self, sample: Sample, done: Sequence[Done], rng: np.random.Generator) -> list[Figure]:
        del rng  # both intervals are exact or Wilson's
        figures = []
        for at in sample.subject.preferences:
            criterion = sample.subject.rubric.criteria[at]
            leaning = [_leaning(one, criterion, at) for one in done]
            first, second = sum(lean > 0 for lean in leaning), sum(lean < 0 for lean in leaning)
            n_same = len(leaning) - first - second
            figures += [
                share("same winner", n_same, len(done), requirement=self.same_winner, criterion=criterion.key),
                even_share(
                    "first slot, where the winner changed",
                    first,
                    first + second,
                    criterion=criterion.key,
                    nothing=_("no pair's winner changed"),
                ),
            ]
        return figures

    def badness(self, sample: Sample, done: Done) -> float:
        rubric = sample.subject.rubric
        return max(abs(_leaning(done, rubric.criteria[at], at)) for at in sample.subject.preferences)


def _is_pair(one: AuditedItem) -> bool:
    return len(one.item.candidates) == 2


def _leaning(done: Done, criterion: CriterionSpec, at: int) -> int:
    """How often the first slot won more than the second, over both orders: 0 where the same candidate won."""
    return sum(
        {"a": 1, "b": -1}.get(criterion.levels[levels_of(verdict)[at]].key, 0) for verdict in (done.before, done.after)
    )
