"""Judges turn items and a rubric into verdicts and know no ORM.

A judge is named in `JUDGES` and built by `build_judge` from what a judge version froze. Services move rows
between items, verdicts and the tables.
"""

from models_llm.judging.baseline import BaselineJudge, BaselineModel, OnStep, RatedItem, fit_model
from models_llm.judging.evaluation import FittedBaseline, HeldOutCriterion, fit_baseline
from models_llm.judging.pointwise import PointwiseJudge
from models_llm.judging.protocol import ItemVerdict, Judge, JudgedItem
from models_llm.judging.registry import JUDGES, JudgeConfig, build_judge, pointwise_settings

__all__ = [
    "JUDGES",
    "BaselineJudge",
    "BaselineModel",
    "FittedBaseline",
    "HeldOutCriterion",
    "ItemVerdict",
    "Judge",
    "JudgeConfig",
    "JudgedItem",
    "OnStep",
    "PointwiseJudge",
    "RatedItem",
    "build_judge",
    "fit_baseline",
    "fit_model",
    "pointwise_settings",
]
