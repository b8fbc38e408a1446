"""How far a judge's probabilities can be believed, and maps that make them what people would say.

`calibrate` fits every method on some groups of items and tries it on the others; `METHODS` lists them. A `Calibrator`
applies what came of it.
"""

from models_llm.calibration.applying import Calibrator, CriterionCalibrator, EventProbabilities
from models_llm.calibration.cross_fitting import (
    N_FOLDS,
    Calibrated,
    Candidate,
    Examples,
    Scores,
    apply_held_out,
    calibrate,
    cross_fit,
    deal_folds,
)
from models_llm.calibration.diagram import Mark, ReliabilityDiagram, reliability_diagram
from models_llm.calibration.events import Event, event_of, event_probabilities
from models_llm.calibration.maps import METHODS, UNCHANGED, CalibrationMap, Method
from models_llm.calibration.scores import (
    N_BINS,
    Bin,
    bins_of,
    brier_scores,
    equal_mass_edges,
    error_if_calibrated,
    expected_calibration_error,
    log_losses,
    reliability_bins,
)

__all__ = [
    "METHODS",
    "N_BINS",
    "N_FOLDS",
    "UNCHANGED",
    "Bin",
    "Calibrated",
    "CalibrationMap",
    "Calibrator",
    "Candidate",
    "CriterionCalibrator",
    "Event",
    "EventProbabilities",
    "Examples",
    "Mark",
    "Method",
    "ReliabilityDiagram",
    "Scores",
    "apply_held_out",
    "bins_of",
    "brier_scores",
    "calibrate",
    "cross_fit",
    "deal_folds",
    "equal_mass_edges",
    "error_if_calibrated",
    "event_of",
    "event_probabilities",
    "expected_calibration_error",
    "log_losses",
    "reliability_bins",
    "reliability_diagram",
]
