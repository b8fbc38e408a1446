"""What workers make here under a lease, as `annotations.services.leased_work` does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from annotations.models import LeasedWork
from annotations.services import leased_work
from models_llm.errors import ModelsLLMError
from models_llm.models import Audit, Calibration, Dataset, DraftTrial, Fit, Retry

KINDS: Final[tuple[type[LeasedWork], ...]] = (Audit, Calibration, Dataset, DraftTrial, Fit, Retry)

Work = TypeVar("Work", bound=LeasedWork)


def make(kind: type[Work], row_id: int, maker: Callable[[Work], bool]) -> bool:
    """Have a row made that is free to take; otherwise do nothing. Returns: whether the row was closed here."""
    return leased_work.make(kind, row_id, maker, known=ModelsLLMError)


def sweep_leased_work() -> int:
    """Send again what nobody has seen to within its lease.

    Returns: how many messages are sent.
    """
    return sum(leased_work.sweep(kind) for kind in KINDS)
