"""When a figure passes: a rule about its interval, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models_llm.choices import Decision


@dataclass(frozen=True)
class Requirement:
    """Where the interval of a figure must lie.

    Attributes:
        low: the interval's lower end must be at least this; None: no such bound.
        high: the interval's upper end must be at most this; None: no such bound.
        holds: the interval must hold this number, as a test of that number would; then there are no bounds.
    """

    low: float | None = None
    high: float | None = None
    holds: float | None = None

    def decide(self, low: float, high: float) -> Decision:
        """PASSED where the interval from `low` to `high` lies where it must, FAILED where it lies wholly elsewhere.

        An interval that does both in part is UNDECIDED, and so is one that is nan. A test has no such middle: it
        passes until there is proof, so it only stands beside a figure that bounds what it cannot see.
        """
        if math.isnan(low) or math.isnan(high):
            return Decision.UNDECIDED
        if self.holds is not None:
            return Decision.PASSED if low <= self.holds <= high else Decision.FAILED
        lowest = -math.inf if self.low is None else self.low
        highest = math.inf if self.high is None else self.high
        if lowest <= low and high <= highest:
            return Decision.PASSED
        return Decision.FAILED if high < lowest or low > highest else Decision.UNDECIDED

    def __str__(self) -> str:
        if self.holds is not None:
            return f"interval holds {self.holds:g}"
        if self.low is None:
            return f"upper end at most {self.high:g}"
        if self.high is None:
            return f"lower end at least {self.low:g}"
        return f"interval inside {self.low:g} to {self.high:g}"
