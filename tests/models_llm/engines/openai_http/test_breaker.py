from __future__ import annotations

from models_llm.engines.openai_http.breaker import LONGEST_OPEN_S, Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(failures=3, open_s=1.0, clock=clock)
    for _ in range(3):
        breaker.failed(was_trial=breaker.begin())
    return breaker


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    clock = Clock()
    breaker = Breaker(failures=3, open_s=1.0, clock=clock)
    for outcome in ("failed", "failed", "succeeded", "failed", "failed"):
        is_trial = breaker.begin()
        breaker.succeeded() if outcome == "succeeded" else breaker.failed(was_trial=is_trial)
        assert breaker.allows
    breaker.failed(was_trial=breaker.begin())
    assert (breaker.is_open, breaker.allows, breaker.trial_at) == (True, False, 101.0)


def test_it_lets_one_request_through_after_a_while_and_an_answer_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 101.0
    assert breaker.allows
    assert breaker.begin()
    assert (breaker.allows, breaker.trial_at) == (False, None)
    breaker.succeeded()
    assert (breaker.is_open, breaker.allows) == (False, True)
    assert not breaker.begin()


def test_a_trial_that_fails_doubles_the_while_up_to_the_longest() -> None:
    clock = Clock()
    breaker = opened(clock)
    waits = []
    for _ in range(7):
        assert breaker.trial_at is not None
        waits.append(breaker.trial_at - clock.now)
        clock.now = breaker.trial_at
        breaker.failed(was_trial=breaker.begin())
    assert waits == [1, 2, 4, 8, 16, LONGEST_OPEN_S, LONGEST_OPEN_S]


def test_requests_from_before_it_opened_do_not_count_as_its_trial() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 101.0
    assert breaker.begin()
    breaker.failed(was_trial=False)
    breaker.abandoned(was_trial=False)
    assert not breaker.allows
    breaker.succeeded()
    assert breaker.allows


def test_a_trial_whose_asker_left_lets_another_try() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = 101.0
    breaker.abandoned(was_trial=breaker.begin())
    assert breaker.allows


def test_a_sign_of_life_lets_a_request_try_at_once_and_begins_the_waits_anew() -> None:
    clock = Clock()
    breaker = opened(clock)
    for _ in range(4):
        assert breaker.trial_at is not None
        clock.now = breaker.trial_at
        breaker.failed(was_trial=breaker.begin())
    assert not breaker.allows
    breaker.hasten()
    assert breaker.begin()
    breaker.hasten()
    assert not breaker.allows  # one trial at a time
    breaker.failed(was_trial=True)
    assert breaker.trial_at == clock.now + 2
