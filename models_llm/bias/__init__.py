"""Is a judge swayed by what should not sway it? Checks on altered items, each with an interval and a rule to pass.

A check says which altered items it wants judged, what they show, and when that is good enough; without what it needs
it is not applicable, and never passed. This room judges nothing itself and knows no database.
"""

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

__all__ = [
    "AuditReport",
    "CheckResult",
    "Example",
    "Figure",
    "Requirement",
    "Spent",
    "as_plain",
    "read_report",
    "worst",
]
