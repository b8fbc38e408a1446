"""Some items of a project, in order, with what raters said of them, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
LevelArray = NDArray[np.int16]


@dataclass(frozen=True)
class Annotations:
    """People's ratings that count.

    Attributes:
        item: (n,) position of the item in its block.
        levels: (n, n_criteria) level positions, `MISSING` where not rated.
    """

    item: IntArray
    levels: LevelArray


@dataclass(frozen=True)
class Verdicts:
    """Judges' outcomes, ordered by item and then by judge.

    Attributes:
        item: (n,) position of the item in its block.
        judge: (n,) position in `Plan.judges`.
        levels: (n, n_criteria) level positions, `MISSING` where not rated.
        rationales: for each criterion one text, or None, per verdict.
    """

    item: IntArray
    judge: IntArray
    outcome: list[str]
    levels: LevelArray
    rationale: list[str]
    rationales: list[list[str | None]]


@dataclass(frozen=True)
class Block:
    """Items as columns of equal length. `contexts`, `candidates` and `slices` are JSON texts.

    `probabilities` says with which probability people were given the item, None where it was not drawn.
    """

    external_ids: list[str]
    groups: list[str | None]
    contexts: list[str]
    candidates: list[str]
    slices: list[str]
    producers: list[str]
    rounds: list[int | None]
    is_gold: list[bool]
    probabilities: list[float | None]
    annotations: Annotations
    verdicts: Verdicts

    @property
    def n_items(self) -> int:
        return len(self.external_ids)
