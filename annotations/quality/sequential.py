"""Wald's sequential test of a person's accuracy on gold: go on asking, accept, or pause, after each answer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_ROUNDING: Final = 1e-9


class Decision(StrEnum):
    GO_ON = "go on"
    ACCEPT = "accept"
    PAUSE = "pause"


@dataclass(frozen=True)
class SequentialTest:
    """Between an accuracy that is acceptable and one that is bad, with the same chance of either mistake.

    After each answer the log of the likelihood ratio moves by `hit_step` or `miss_step`; it ends at a bound.
    Source: Wald 1945, Annals of Mathematical Statistics 16:117; the bounds are his approximations.

    Attributes:
        acceptable, bad: accuracies, 0 < bad < acceptable < 1.
        error: chance of pausing somebody acceptable, and of accepting somebody bad; below 0.5.
    """

    acceptable: float
    bad: float
    error: float

    @property
    def hit_step(self) -> float:
        return math.log(self.acceptable / self.bad)

    @property
    def miss_step(self) -> float:
        return math.log((1 - self.acceptable) / (1 - self.bad))

    @property
    def accept_at(self) -> float:
        """ln((1 - β) / α)"""
        return math.log((1 - self.error) / self.error)

    @property
    def pause_at(self) -> float:
        """ln(β / (1 - α))"""
        return math.log(self.error / (1 - self.error))

    def decide(self, statistic: float) -> Decision:
        if statistic >= self.accept_at - _ROUNDING:
            return Decision.ACCEPT
        return Decision.PAUSE if statistic <= self.pause_at + _ROUNDING else Decision.GO_ON


@dataclass(frozen=True)
class TestState:
    """Where a test stands after the answers so far.

    Attributes:
        decision: after the last answer.
        statistic: log of the likelihood ratio since the test began anew.
        n, n_hits: answers since then.
        n_accepted: how often it accepted and began anew.
        n_unseen: answers that came after it said pause, which it did not look at.
    """

    __test__ = False  # no test of pytest's

    decision: Decision
    statistic: float
    n: int
    n_hits: int
    n_accepted: int
    n_unseen: int = 0


def run_test(test: SequentialTest, hits: Iterable[bool]) -> TestState:
    """The state after these answers, in the order given.

    Having accepted it begins anew with the next answer, so that somebody who grows careless is seen as fast as
    somebody who always was. Having said pause it stays there.
    """
    answers = list(hits)
    decision, statistic, n, n_hits, n_accepted = Decision.GO_ON, 0.0, 0, 0, 0
    for seen, hit in enumerate(answers, start=1):
        if decision is Decision.ACCEPT:
            statistic, n, n_hits = 0.0, 0, 0
        statistic += test.hit_step if hit else test.miss_step
        n, n_hits = n + 1, n_hits + hit
        decision = test.decide(statistic)
        n_accepted += decision is Decision.ACCEPT
        if decision is Decision.PAUSE:
            return TestState(decision, statistic, n, n_hits, n_accepted, n_unseen=len(answers) - seen)
    return TestState(decision, statistic, n, n_hits, n_accepted)
