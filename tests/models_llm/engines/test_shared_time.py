from __future__ import annotations

from models_llm.engines.shared_time import SharedTime


def test_parts_are_the_time_used_split_among_who_was_there() -> None:
    now = 100.0
    shared = SharedTime(2, clock=lambda: now)
    with shared.of_one() as first:
        now = 103.0  # 3 s alone
        with shared.of_one() as second:
            now = 107.0  # 4 s for two
        now = 108.0  # 1 s alone
    now = 200.0  # nobody
    with shared.of_one() as third:
        now = 201.0
    # On two devices: (3 + 4/2 + 1) * 2, (4/2) * 2, 1 * 2; the sum is 2 * (108 - 100 + 1).
    assert (first.seconds, second.seconds, third.seconds) == (12.0, 4.0, 2.0)


def test_without_a_device_no_time_is_used() -> None:
    now = 0.0
    shared = SharedTime(0, clock=lambda: now)
    with shared.of_one() as part:
        now = 5.0
    assert part.seconds == 0.0
