"""What can be wrong with one attempt, and what follows from it."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_BUSY: Final = 429
_UNAVAILABLE: Final = 503
_ABSENT: Final = frozenset({502, _UNAVAILABLE})  # said by who stands before a server, or by one that starts or ends
_RETRIED: Final = frozenset({408, 409, 425})


class Kind(Enum):
    """Whose fault it is.

    BUSY: the server has too much to do; it is left alone for a while, and the request waits.
    AWAY: the server is not there, and has not seen the request: no attempt of it. Counted by its breaker.
    BROKEN: the server is ill; tried again, elsewhere if there is a choice, and counted by its breaker.
    PASSING: neither; tried again.
    OURS: the request itself; every further attempt would end alike.
    """

    BUSY = auto()
    AWAY = auto()
    BROKEN = auto()
    PASSING = auto()
    OURS = auto()


@dataclass(frozen=True)
class Fault:
    """Why an attempt gave nothing.

    Attributes:
        is_overload: whether fewer open requests might have helped.
        retry_after_s: how long the server asked to be left alone; None where it did not say.
        status: of the answer; 0 where there was none.
    """

    error: str
    kind: Kind
    is_overload: bool = False
    retry_after_s: float | None = None
    status: int = 0


class ReplyError(Exception):
    """An answer with status 200 is not what was asked for."""


def fault_of_status(status: int, headers: Mapping[str, str], text: str) -> Fault:
    """The fault that an answer with another status than 200 tells of."""
    retry_after_s = read_retry_after(headers.get("Retry-After", ""))
    if status == _BUSY or (status == _UNAVAILABLE and retry_after_s is not None):
        kind = Kind.BUSY
    elif status in _ABSENT:
        kind = Kind.AWAY
    elif status in _RETRIED:
        kind = Kind.PASSING
    else:
        kind = Kind.BROKEN if status >= 500 else Kind.OURS
    return Fault(
        f"the server answered {status}: {text[:300]}",
        kind,
        is_overload=kind in (Kind.BUSY, Kind.AWAY, Kind.BROKEN),
        retry_after_s=retry_after_s,
        status=status,
    )


def read_retry_after(header: str) -> float | None:
    """Seconds named by a Retry-After header, which holds a number or a date; None without a readable one."""
    try:
        return _not_negative(float(header))
    except ValueError:
        pass
    try:
        return _not_negative(email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _not_negative(seconds: float) -> float | None:
    return max(0.0, seconds) if seconds < float("inf") else None  # also false for nan
