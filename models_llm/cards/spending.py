"""What a version used, in words."""

from __future__ import annotations

from typing import Final, NamedTuple

from models_llm.cards.card import Spending

NAMES: Final = {
    "prompt_tokens": "prompt tokens",
    "cached_tokens": "of these from the cache",
    "completion_tokens": "reply tokens",
    "queue_s": "seconds in the engine’s queue",
    "engine_s": "seconds in the engine",
    "gpu_s": "seconds of an accelerator",
    "cost": "cost, in the price list’s currency",
}


class SpendingLine(NamedTuple):
    name: str
    total: str
    per_1000: str


def spending_lines(spending: Spending) -> list[SpendingLine]:
    """One line for each thing that an engine said; none for a judge that asks no engine."""
    return [
        SpendingLine(words, _amount(spending.total[name]), _amount(spending.per_1000[name]))
        for name, words in NAMES.items()
        if spending.total[name]
    ]


def _amount(value: float | None) -> str:
    """No more digits than tell something: thousands are whole."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.3f}".rstrip("0").rstrip(".")
