"""The tables of `models_llm`."""

from models_llm.models.audits import Audit, JudgedTrial
from models_llm.models.calibrations import Calibration
from models_llm.models.datasets import Dataset
from models_llm.models.draft_trials import DraftTrial
from models_llm.models.fits import Fit
from models_llm.models.judges import Judge, JudgeVersion
from models_llm.models.retries import Retry
from models_llm.models.runs import Run, Shard, Verdict

__all__ = [
    "Audit",
    "Calibration",
    "Dataset",
    "DraftTrial",
    "Fit",
    "Judge",
    "JudgeVersion",
    "JudgedTrial",
    "Retry",
    "Run",
    "Shard",
    "Verdict",
]
