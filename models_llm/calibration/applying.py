"""Applying a calibration to verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from annotations.estimation import FloatArray, IntArray
from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _
from models_llm.calibration.cross_fitting import apply_held_out
from models_llm.calibration.events import Event, event_probabilities
from models_llm.calibration.maps import UNCHANGED, CalibrationMap

NONE_BETTER: Final = _("no map came nearer to what people say than the judge itself")


class EventProbabilities(NamedTuple):
    """Probabilities of a criterion's event, one for each verdict; nan where the judge gave none.

    Attributes:
        given: (n,) as the judge gave them.
        calibrated: (n,) as people would have them; those given where the criterion has no map.
        is_cross_fitted: (n,) whether the map was fitted without the item's group, since the calibration knows the item.
    """

    given: FloatArray
    calibrated: FloatArray
    is_cross_fitted: NDArray[np.bool_]


@dataclass(frozen=True)
class CriterionCalibrator:
    """One criterion's maps and the items that they were fitted on.

    Attributes:
        n: items that it was fitted on.
        unchanged: why probabilities stay as they are, in words; empty where a map is applied.
        chosen: fitted on all items: for items that are not among them.
        held_out: for each fold a map fitted on the others: for the items of the fold.
        items: (n,) ids, ascending.
        folds: (n,) the fold of each item.
    """

    key: str
    event: Event
    n: int
    unchanged: str
    chosen: CalibrationMap
    held_out: tuple[CalibrationMap, ...]
    items: IntArray
    folds: IntArray

    @classmethod
    def read(cls, document: Mapping[str, Any], *, items: IntArray, folds: IntArray) -> Self:
        """Of one criterion of a calibration's document."""
        return cls(
            key=document["key"],
            event=Event(document["event"]),
            n=document["n"],
            unchanged=_unchanged(document),
            chosen=CalibrationMap(**document["chosen"]),
            held_out=tuple(CalibrationMap(**one) for one in document["held_out"]),
            items=items,
            folds=folds,
        )

    def apply(self, item_ids: IntArray, given: FloatArray) -> EventProbabilities:
        """Calibrate (n,) probabilities of as many items."""
        if self.unchanged:
            return EventProbabilities(given, given, np.zeros(len(given), dtype=np.bool_))
        is_known = np.isin(item_ids, self.items)
        folds = self.folds[np.searchsorted(self.items, item_ids[is_known])]
        calibrated = self.chosen.apply(given)
        calibrated[is_known] = apply_held_out(self.held_out, given[is_known], folds)
        return EventProbabilities(given, calibrated, is_known)


@dataclass(frozen=True)
class Calibrator:
    """A calibration ready to be applied to its version's verdicts; criteria in the order of the rubric."""

    criteria: tuple[CriterionCalibrator, ...]

    def apply(
        self, rubric: RubricSpec, *, item_ids: IntArray, levels: IntArray, distributions: FloatArray
    ) -> list[EventProbabilities]:
        """For each criterion the probabilities of its event, given and calibrated.

        Args:
            levels: (n, n_criteria) positions, `MISSING` where not rated.
            distributions: (n, n_levels) probabilities of the levels of all criteria in a row; nan where there are none.
        """
        return [
            calibrator.apply(item_ids, event_probabilities(criterion, levels[:, number], distributions[:, shares]))
            for number, (criterion, shares, calibrator) in enumerate(
                zip(rubric.criteria, rubric.level_slices, self.criteria, strict=True)
            )
        ]


def _unchanged(document: Mapping[str, Any]) -> str:
    if document["chosen"]["method"] != UNCHANGED.method:
        return ""
    if document["refused"]:
        return str(document["refused"])
    refusals: Sequence[str | None] = [one["refused"] for one in document["candidates"]]
    if all(refusals):
        return str(refusals[0])  # of the method that asks least
    return NONE_BETTER
