"""Judging the trials of an audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from annotations.rubrics import RubricSpec
from models_llm.bias.sample import Trial
from models_llm.bias.setup import Setup, restored
from models_llm.judging import ItemVerdict, Judge, stream

CHUNK: Final = 50
WAIT_S: Final = 1.0
"""How many trials, and for how long, are counted together."""


def judge_trials(
    trials: Sequence[Trial],
    *,
    rubric: RubricSpec,
    build: Callable[[Setup], Judge],
    on_done: Callable[[int], object],
) -> list[ItemVerdict]:
    """One verdict for each trial, in order, in the levels of the rubric as it is; setup after setup.

    Args:
        build: the judge for a setup.
        on_done: told how many more are judged, as they come.
    Raises: as `build`, and as `stream`.
    """
    verdicts: dict[int, ItemVerdict] = {}
    for setup in dict.fromkeys(trial.setup for trial in trials):
        mine = [at for at, trial in enumerate(trials) if trial.setup == setup]
        for judged in stream(build(setup), [trials[at].item for at in mine], most=CHUNK, wait_s=WAIT_S):
            for place, verdict in judged:
                verdicts[mine[place]] = restored(verdict, rubric, setup.order)
            on_done(len(judged))
    return [verdicts[at] for at in range(len(trials))]
