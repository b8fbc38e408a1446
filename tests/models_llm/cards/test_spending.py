from __future__ import annotations

import pytest

from models_llm.cards import Spending, spending_lines

NAMES = ("prompt_tokens", "cached_tokens", "completion_tokens", "queue_s", "engine_s", "gpu_s", "cost")


@pytest.mark.parametrize(("amount", "written"), [
    (31_845_663.265, "31,845,663"), (1000.4, "1,000"), (999.9, "999.9"), (0.0416, "0.042"), (12.0, "12"), (None, ""),
])  # fmt: skip
def test_amounts_have_no_more_digits_than_tell_something(amount: float | None, written: str) -> None:
    nothing: dict[str, float | None] = dict.fromkeys(NAMES)
    spending = Spending(
        n_runs=1,
        n_verdicts=1,
        n_copied=0,
        total={**nothing, "engine_s": 5.0},
        per_1000={**nothing, "engine_s": amount},
    )
    [line] = spending_lines(spending)
    assert line.per_1000 == written
