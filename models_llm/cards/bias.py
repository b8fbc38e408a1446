"""What the newest audit says, a line a check."""

from __future__ import annotations

from typing import NamedTuple

from models_llm.bias import CHECKS, Figure, read_report
from models_llm.cards.card import BiasSummary
from models_llm.choices import Decision


class BiasLine(NamedTuple):
    """One check; `figure` is the one that decided, None where the `reason` says why there is none."""

    title: str
    decision: Decision
    figure: Figure | None
    reason: str
    n_trials: int


def bias_lines(summary: BiasSummary) -> list[BiasLine]:
    """The checks in the order of the suite."""
    return [
        BiasLine(
            title=CHECKS[result.check].title if result.check in CHECKS else result.check,
            decision=result.decision,
            figure=result.headline,
            reason=result.reason,
            n_trials=result.n_trials,
        )
        for result in read_report(summary.report).checks
    ]
