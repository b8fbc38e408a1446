"""Is a judge swayed by what should not sway it? Checks on altered items, each with an interval and a rule to pass.

A check says which altered items it wants judged, what they show, and when that is good enough; without what it needs
it is not applicable, and never passed. `CHECKS` lists them all, `audit` runs them, `attacks.yaml` holds the attacks.
"""

from models_llm.bias.attacks import Attack, load_attacks
from models_llm.bias.check import Check
from models_llm.bias.position import SWAPPED
from models_llm.bias.report import (
    AuditReport,
    CheckResult,
    Example,
    Figure,
    Spent,
    as_plain,
    read_report,
    worst,
)
from models_llm.bias.requirement import Requirement
from models_llm.bias.sample import AuditedItem, Done, Sample, Subject, Trial
from models_llm.bias.setup import AS_IT_IS, Setup
from models_llm.bias.suite import CHECKS, audit, n_judgings
from models_llm.bias.trying import judge_trials, trial_keys

__all__ = [
    "AS_IT_IS",
    "CHECKS",
    "SWAPPED",
    "Attack",
    "AuditReport",
    "AuditedItem",
    "Check",
    "CheckResult",
    "Done",
    "Example",
    "Figure",
    "Requirement",
    "Sample",
    "Setup",
    "Spent",
    "Subject",
    "Trial",
    "as_plain",
    "audit",
    "judge_trials",
    "load_attacks",
    "n_judgings",
    "read_report",
    "trial_keys",
    "worst",
]
