from __future__ import annotations

import numpy as np
import pytest

from annotations.allocation import forecast_finish


def test_the_same_every_day_leaves_no_doubt() -> None:
    forecast = forecast_finish(120, [40] * 6)
    assert (forecast.days, forecast.low, forecast.high, forecast.a_day) == (3, 3, 3, 40)


def test_nothing_left_is_finished_now() -> None:
    assert forecast_finish(0, []).days == 0


@pytest.mark.parametrize("days", [[], [50] * 4, [3] * 6])
def test_too_few_days_or_answers_say_nothing(days: list[int]) -> None:
    forecast = forecast_finish(100, days)
    assert not forecast.is_known
    assert (forecast.n_days, forecast.n_answers) == (len(days), sum(days))


def test_the_interval_holds_what_comes_as_often_as_it_says() -> None:
    # 600 futures: the share that the interval holds is binomial(600, .95), standard error .0089; three of them.
    rng = np.random.default_rng(4)
    n_held, n_trials = 0, 600
    for _ in range(n_trials):
        days = rng.negative_binomial(4, 4 / 84, size=200)  # mean 80, standard deviation 41: people who come and go
        forecast = forecast_finish(1200, days[:14].tolist())
        worked = np.concatenate([[0], np.cumsum(days[14:])])
        last = int(np.argmax(worked >= 1200))
        took = last - (worked[last] - 1200) / max(worked[last] - worked[last - 1], 1)
        n_held += forecast.low <= took <= forecast.high
    assert abs(n_held / n_trials - 0.95) < 3 * 0.0089
