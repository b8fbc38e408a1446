"""When a queue will be finished, from how many answers came in lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import t

FEWEST_DAYS: Final = 5
FEWEST_ANSWERS: Final = 20


@dataclass(frozen=True)
class Forecast:
    """Days until everything is answered, with a 95 % interval.

    Attributes:
        days, low, high: nan where nothing can be said.
        a_day: answers a day, lately.
        n_days, n_answers: what it stands on.
    """

    days: float
    low: float
    high: float
    a_day: float
    n_days: int
    n_answers: int

    @property
    def is_known(self) -> bool:
        return not np.isnan(self.days)


def forecast_finish(n_left: int, answers_by_day: Sequence[int]) -> Forecast:
    """How many more days it takes if the days to come are as the last ones were.

    Args:
        n_left: answers that are wanted still.
        answers_by_day: of the last whole days, days without any among them.
    Returns: nan for the days with fewer than `FEWEST_DAYS` days or `FEWEST_ANSWERS` answers; 0 if nothing is left.
    Formula: D = left / mean. Both the mean of k past days and the total of D days to come vary as single days do, so
        the relative variance of D is cv² (1/k + 1/D); the interval is D exp(± t sqrt(that)), t with k - 1 degrees of
        freedom, on the logarithm because D is a ratio that cannot be below 0.
    """
    days = np.asarray(answers_by_day, dtype=np.float64)
    n_days, n_answers = len(days), int(days.sum())
    a_day = float(days.mean()) if n_days else float("nan")
    if n_left <= 0:
        return Forecast(0.0, 0.0, 0.0, a_day, n_days, n_answers)
    if n_days < FEWEST_DAYS or n_answers < FEWEST_ANSWERS:
        nan = float("nan")
        return Forecast(nan, nan, nan, a_day, n_days, n_answers)
    expected = n_left / a_day
    relative = float(days.std(ddof=1)) / a_day * np.sqrt(1 / n_days + 1 / expected)
    factor = float(np.exp(t.ppf(0.975, n_days - 1) * relative))
    return Forecast(expected, expected / factor, expected * factor, a_day, n_days, n_answers)
