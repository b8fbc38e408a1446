"""The card of a judge version: all that is known of it, in one shape for the page, for Markdown and for programs."""

from models_llm.cards.bias import BiasLine, bias_lines
from models_llm.cards.card import (
    Agreement,
    BiasSummary,
    CalibrationSummary,
    CriterionAgreement,
    Identity,
    JudgeCard,
    JuryErrors,
    Mass,
    Spending,
)
from models_llm.cards.markdown import as_markdown
from models_llm.cards.spending import spending_lines

__all__ = [
    "Agreement",
    "BiasLine",
    "BiasSummary",
    "CalibrationSummary",
    "CriterionAgreement",
    "Identity",
    "JudgeCard",
    "JuryErrors",
    "Mass",
    "Spending",
    "as_markdown",
    "bias_lines",
    "spending_lines",
]
