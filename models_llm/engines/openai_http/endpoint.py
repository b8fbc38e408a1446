"""One server of a pool: whether it takes requests, and how many."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import structlog

from models_llm.engines.openai_http.breaker import Breaker
from models_llm.engines.openai_http.faults import Fault, Kind
from models_llm.engines.openai_http.limit import AdaptiveLimit
from models_llm.engines.openai_http.settings import OpenAIHTTPSettings

LONGEST_WAIT_S: Final = 60.0
_FIRST_OPEN_S: Final = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Place:
    """Leave to have one request open on an endpoint; given back by `Endpoint.finish`."""

    endpoint: Endpoint
    began: float
    generation: int
    filled: bool
    is_trial: bool


class Endpoint:
    """What is known of one server. All times are the clock's.

    Attributes:
        root: its address, without `/v1`.
        name: host and port, as verdicts and the log name it.
        n_open: requests that are on their way.
        paused_until: it asked to be left alone until then.
        is_draining: it says that it takes nothing new.
        is_refusing: since its last answer it has said that it has too much to do.
        last_error: why the last attempt failed.
    """

    def __init__(self, root: str, settings: OpenAIHTTPSettings, *, clock: Callable[[], float]) -> None:
        self.root = root
        self.name = urlsplit(root).netloc
        self.limit = AdaptiveLimit(least=settings.least_concurrency, most=settings.most_concurrency)
        self.breaker = Breaker(failures=settings.breaker_failures, open_s=_FIRST_OPEN_S, clock=clock)
        self.n_open = 0
        self.paused_until = 0.0
        self.is_draining = False
        self.is_refusing = False
        self.last_error = ""
        self._backoff_s = settings.backoff_s
        self._clock = clock
        self._n_pauses = 0

    @property
    def is_out(self) -> bool:
        """Whether it cannot be counted on: failing, or draining. One that is busy is there."""
        return self.is_draining or self.breaker.is_open

    @property
    def is_ready(self) -> bool:
        """Whether it takes requests, if it has room."""
        return not self.is_draining and self.breaker.allows and self.paused_until <= self._clock()

    @property
    def has_room(self) -> bool:
        return self.n_open < self.limit.value and self.is_ready

    @property
    def load(self) -> float:
        """Share of the limit that is taken."""
        return self.n_open / self.limit.value

    @property
    def ready_at(self) -> float | None:
        """When time alone makes it ready; None if it is so, or something else must come first."""
        times = [self.paused_until, self.breaker.trial_at or 0.0]
        return max(times) if max(times) > self._clock() else None

    def take(self) -> Place:
        """One more request goes out to it."""
        is_trial = self.breaker.begin()
        self.n_open += 1
        return Place(self, self._clock(), self.limit.generation, self.n_open >= self.limit.value, is_trial)

    def finish(self, place: Place, fault: Fault | None) -> None:
        """A request ended, well or with a fault."""
        self.n_open -= 1
        if fault is None or fault.kind is Kind.OURS:
            self._n_pauses = 0
            self.is_refusing = False
            self._answered()
            if fault is None:
                self.limit.answered(self._clock() - place.began, generation=place.generation, filled=place.filled)
            return
        self.last_error = fault.error
        if fault.kind is Kind.BUSY:
            self.is_refusing = True
            self._answered()
            self._pause(fault, began=place.began)
        elif fault.kind in (Kind.AWAY, Kind.BROKEN):
            self._failed(was_trial=place.is_trial)
        else:
            self._answered()
        if fault.is_overload:
            self.limit.overloaded(generation=place.generation)

    def abandon(self, place: Place) -> None:
        """Whoever asked has left before the end."""
        self.n_open -= 1
        self.breaker.abandoned(was_trial=place.is_trial)

    def note_draining(self, is_draining: bool) -> None:
        """Its health says whether it takes new requests."""
        if is_draining != self.is_draining:
            log.info("server drains" if is_draining else "server takes requests again", endpoint=self.name)
        self.is_draining = is_draining

    def found_well(self) -> None:
        """Its health says that it is well. Whether it answers, one request will show."""
        self.breaker.hasten()

    def found_ill(self, error: str) -> None:
        """Its health says that it is not well."""
        self.last_error = error
        self._failed(was_trial=False)

    def _answered(self) -> None:
        if self.breaker.is_open:
            log.info("server answers again", endpoint=self.name)
        self.breaker.succeeded()

    def _failed(self, *, was_trial: bool) -> None:
        was_open = self.breaker.is_open
        self.breaker.failed(was_trial=was_trial)
        if self.breaker.is_open and not was_open:
            log.warning("server left alone: it fails", endpoint=self.name, error=self.last_error)

    def _pause(self, fault: Fault, *, began: float) -> None:
        """Leave it alone for as long as it asked, or for a doubling while; jittered up to half as long again, so that
        many workers do not come back at once. Refusals of requests that were open together make one pause."""
        now = self._clock()
        if fault.retry_after_s is not None:
            pause_s = fault.retry_after_s
        elif began < self.paused_until:
            return
        else:
            pause_s = self._backoff_s * 2**self._n_pauses
            self._n_pauses = min(self._n_pauses + 1, 16)
        until = now + jittered(min(pause_s, LONGEST_WAIT_S))
        if until > self.paused_until:
            self.paused_until = until
            log.info("server left alone: it is busy", endpoint=self.name, pause_s=round(until - now, 1))


def jittered(seconds: float) -> float:
    """Up to half as long again."""
    return seconds * (1 + random.random() / 2)  # noqa: S311
