"""What an interval is, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal["bootstrap", "subsamples", "wilson", "newcombe", "linearised"]


@dataclass(frozen=True)
class Interval:
    """Both ends of an interval with where they come from; nan where there is none.

    `n_undefined` of the `n_resamples` resamples gave no value and were left out.
    """

    low: float
    high: float
    level: float
    method: Method
    n_resamples: int = 0
    n_undefined: int = 0
