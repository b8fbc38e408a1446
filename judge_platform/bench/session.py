"""What every measurement shares: its clock and its project."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that the work took, and its result."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def project_slug(size: int) -> str:
    return f"bench-{size}"
