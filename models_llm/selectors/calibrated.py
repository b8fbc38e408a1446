"""What a judge's probabilities are worth: its newest calibration applied to a verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotations.models import Judgement
from annotations.rubrics import MISSING
from models_llm.calibration import Event
from models_llm.models import Calibration, JudgeVersion
from models_llm.selectors.calibrations import calibrator_of, newest_ready


@dataclass(frozen=True)
class CalibratedProbability:
    """The probability of a criterion's event.

    Attributes:
        given, calibrated: by the judge, and after the map; the same where there is no map.
        n: items that the calibration stands on.
        is_cross_fitted: whether the map was fitted without the item's group, since the item is among these.
        unchanged: why there is no map, in words; empty where there is one.
    """

    event: Event
    given: float
    calibrated: float
    n: int
    is_cross_fitted: bool
    unchanged: str


@dataclass(frozen=True)
class CalibratedVerdict:
    """A verdict's probabilities, one a criterion; None where the judge gave none there."""

    calibration: Calibration
    criteria: tuple[CalibratedProbability | None, ...]


def calibrated_verdict(judgement: Judgement, version: JudgeVersion) -> CalibratedVerdict | None:
    """The verdict by the version's newest calibration; None without one, or without probabilities."""
    if judgement.levels is None or judgement.distributions is None:
        return None
    calibration = newest_ready(version).first()
    if calibration is None:
        return None
    calibrator = calibrator_of(calibration)
    found = calibrator.apply(
        judgement.rubric.spec(),
        item_ids=np.array([judgement.item_id]),
        levels=np.array([[MISSING if level is None else level for level in judgement.levels]]),
        distributions=np.array([judgement.distributions]),
    )
    return CalibratedVerdict(
        calibration,
        tuple(
            None
            if np.isnan(probabilities.given[0])
            else CalibratedProbability(
                event=criterion.event,
                given=float(probabilities.given[0]),
                calibrated=float(probabilities.calibrated[0]),
                n=criterion.n,
                is_cross_fitted=bool(probabilities.is_cross_fitted[0]),
                unchanged=criterion.unchanged,
            )
            for criterion, probabilities in zip(calibrator.criteria, found, strict=True)
        ),
    )
