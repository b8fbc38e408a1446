"""Judging the trials of an audit."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Final

from annotations.rubrics import RubricSpec
from models_llm.bias.sample import Trial
from models_llm.bias.setup import Setup, restored
from models_llm.judging import ItemVerdict, Judge, stream_together

CHUNK: Final = 50
WAIT_S: Final = 1.0
"""How many trials, and for how long, are counted together."""


def trial_keys(trials: Sequence[Trial]) -> list[str]:
    """A key of each trial by what is asked in it: the item as altered, what is done to it, and the setup.

    Of trials that ask the same the first, the second and so on have a key each.
    """
    seen: Counter[str] = Counter()
    keys = []
    for trial in trials:
        asked = json.dumps([
            trial.name, asdict(trial.setup), trial.item.context, trial.item.candidates, trial.item.images,
        ])  # fmt: skip
        keys.append(hashlib.sha256(f"{seen[asked]} {asked}".encode()).hexdigest())
        seen[asked] += 1
    return keys


def judge_trials(
    trials: Sequence[Trial], *, rubric: RubricSpec, build: Callable[[Setup], Judge]
) -> Iterator[dict[int, ItemVerdict]]:
    """Verdicts by the position of their trials as they come, in the levels of the rubric as it is.

    All setups are judged at once.

    Args:
        build: the judge for a setup.
    Raises: as `build`, and as `stream_together`.
    """
    setups: dict[Setup, list[int]] = {}
    for at, trial in enumerate(trials):
        setups.setdefault(trial.setup, []).append(at)
    parts = [(build(setup), [trials[at].item for at in mine]) for setup, mine in setups.items()]
    places = [at for mine in setups.values() for at in mine]
    with closing(stream_together(parts, most=CHUNK, wait_s=WAIT_S)) as batches:
        for batch in batches:
            yield {
                places[place]: restored(verdict, rubric, trials[places[place]].setup.order) for place, verdict in batch
            }
