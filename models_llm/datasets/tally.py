"""What went into a data set and what was left out, counted while it is made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts of one export.

    Every item that was read is either used by a row or left out for exactly one reason:
    `n_items == n_used + left_out.total()`.

    Attributes:
        by_source: rows by who decided them.
        pairs: pairs that were possible in groups and not made, by reason.
        measures: sums that a shape wants to tell about, such as lengths.
    """

    n_items: int = 0
    n_used: int = 0
    n_rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    by_source: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    measures: Counter[str] = field(default_factory=Counter)
