"""Judges turn items and a rubric into verdicts and know no ORM.

A judge is named in `JUDGES` and built by `build_judge` from what a judge version froze. Services move rows
between items, verdicts and the tables.
"""

from models_llm.judging.asking import Asking
from models_llm.judging.baseline import BaselineJudge, BaselineModel, OnStep, RatedItem, fit_model
from models_llm.judging.config import JudgeConfig, Member, judge_settings, read_judge_settings
from models_llm.judging.evaluation import (
    FittedBaseline,
    HeldOutCriterion,
    evaluate_held_out,
    fit_baseline,
    split_groups,
)
from models_llm.judging.example_choice import Decided, choose_balanced
from models_llm.judging.item_judge import ItemJudge, Ratings, UnratedError, read_ratings, read_whole
from models_llm.judging.jury import JuryJudge
from models_llm.judging.jury_errors import ErrorCorrelation, correlate_errors, member_errors
from models_llm.judging.listwise import ListwiseJudge
from models_llm.judging.pairwise import PairwiseJudge
from models_llm.judging.per_criterion import PerCriterionJudge
from models_llm.judging.pointwise import PointwiseJudge
from models_llm.judging.protocol import Call, ItemVerdict, Judge, JudgedItem
from models_llm.judging.record import call_record, read_call, read_verdict, verdict_record
from models_llm.judging.registry import JUDGES, EngineSource, build_judge, prompts_of
from models_llm.judging.reward_model import RewardModelJudge, RewardModelSettings, item_values, render
from models_llm.judging.senior_reviewer import SeniorReviewerJudge
from models_llm.judging.settings import KINDS, Kind, Setting, read_protocol
from models_llm.judging.stream import judge_all, stream, stream_together
from models_llm.judging.weighing import USUAL_MASS

__all__ = [
    "JUDGES",
    "KINDS",
    "USUAL_MASS",
    "Asking",
    "BaselineJudge",
    "BaselineModel",
    "Call",
    "Decided",
    "EngineSource",
    "ErrorCorrelation",
    "FittedBaseline",
    "HeldOutCriterion",
    "ItemJudge",
    "ItemVerdict",
    "Judge",
    "JudgeConfig",
    "JudgedItem",
    "JuryJudge",
    "Kind",
    "ListwiseJudge",
    "Member",
    "OnStep",
    "PairwiseJudge",
    "PerCriterionJudge",
    "PointwiseJudge",
    "RatedItem",
    "Ratings",
    "RewardModelJudge",
    "RewardModelSettings",
    "SeniorReviewerJudge",
    "Setting",
    "UnratedError",
    "build_judge",
    "call_record",
    "choose_balanced",
    "correlate_errors",
    "evaluate_held_out",
    "fit_baseline",
    "fit_model",
    "item_values",
    "judge_all",
    "judge_settings",
    "member_errors",
    "prompts_of",
    "read_call",
    "read_judge_settings",
    "read_protocol",
    "read_ratings",
    "read_verdict",
    "read_whole",
    "render",
    "split_groups",
    "stream",
    "stream_together",
    "verdict_record",
]
