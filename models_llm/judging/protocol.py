"""What every judge takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from annotations.choices import Outcome
from models_llm.engines import Prompt


@dataclass(frozen=True)
class JudgedItem:
    """What a judge sees of an item: the evidence and the candidates, nothing that any rater said."""

    context: Any
    candidates: tuple[Any, ...]


@dataclass(frozen=True)
class ItemVerdict:
    """A judge's outcome on one item, with what it rests on.

    Attributes:
        levels: a level position for every criterion; None unless `outcome` is RATED.
        distributions: probabilities over the levels of each criterion, each summing to 1; None where the
            judge gives none.
        rationales: one text for each criterion, or empty.
        error: why there is no rating; empty when RATED.
        prompt_digest: of the exact prompt; empty for a judge without a language model.
        raw_text: the reply as it came.
    """

    outcome: Outcome
    levels: tuple[int, ...] | None = None
    distributions: tuple[tuple[float, ...], ...] | None = None
    rationales: tuple[str, ...] = ()
    error: str = ""
    prompt_digest: str = ""
    raw_text: str = ""
    finish_reason: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_ms: int | None = None


class Judge(Protocol):
    """One judge under one rubric."""

    def judge(self, items: Sequence[JudgedItem]) -> list[ItemVerdict]:
        """One verdict for each item, in order. An item that cannot be judged has an outcome that says so."""
        ...

    def prompt(self, item: JudgedItem) -> Prompt | None:
        """The exact prompt for an item; None for a judge without a language model."""
        ...

    def close(self) -> None:
        """Give back what the judge holds."""
        ...
