"""Some items of a project, in order, with what raters said of them, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
LevelArray = NDArray[np.int16]


@dataclass(frozen=True)
class Annotations:
    """People's ratings that count.

    Attributes:
        item: (n,) position of the item in its block.
        rater: (n,) who rated, by a number of their own.
        levels: (n, n_criteria) level positions, `MISSING` where not rated.
    """

    item: IntArray
    rater: IntArray
    levels: LevelArray


CALIBRATED_BY: Final = ("as given", "map of all items", "cross-fitted map")
"""How a probability was calibrated: not at all, or by a map fitted on all items or without the item's group."""


@dataclass(frozen=True)
class Probabilities:
    """One criterion's probabilities, one for each verdict; nan where there is none, or its judge is not calibrated.

    Attributes:
        given, calibrated: (n,) by the judge, and after its calibration.
        by: (n,) positions in `CALIBRATED_BY`.
    """

    given: FloatArray
    calibrated: FloatArray
    by: NDArray[np.int8]


@dataclass(frozen=True)
class Verdicts:
    """Judges' outcomes, ordered by item and then by judge.

    Attributes:
        item: (n,) position of the item in its block.
        judge: (n,) position in `Plan.judges`.
        levels: (n, n_criteria) level positions, `MISSING` where not rated.
        rationales: for each criterion one text, or None, per verdict.
        probabilities: one for each criterion; none unless the plan is calibrated.
    """

    item: IntArray
    judge: IntArray
    outcome: list[str]
    levels: LevelArray
    rationale: list[str]
    rationales: list[list[str | None]]
    probabilities: tuple[Probabilities, ...] = ()


@dataclass(frozen=True)
class Block:
    """Items as columns of equal length. `contexts`, `candidates` and `slices` are JSON texts.

    `probabilities` says with which probability any draw selected the item for people, None where none did.
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
