"""Leaves a server alone that fails, and tries it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

LONGEST_OPEN_S: Final = 30.0


class Breaker:
    """Opens after so many failures in a row; then, after a while, lets one request through to see.

    Each trial that fails doubles the while, up to `LONGEST_OPEN_S`. An answer closes the breaker, also one to a request
    from before it opened.
    """

    def __init__(self, *, failures: int, open_s: float, clock: Callable[[], float]) -> None:
        self._most = failures
        self._first_open_s = open_s
        self._clock = clock
        self._n_failures = 0
        self._open_s = open_s
        self._trial_at: float | None = None
        self._is_tried = False

    @property
    def is_open(self) -> bool:
        return self._trial_at is not None

    @property
    def trial_at(self) -> float | None:
        """When a request is let through; None while it is closed, or one is on its way."""
        return None if self._is_tried else self._trial_at

    @property
    def allows(self) -> bool:
        """Whether a request may go out now."""
        return self._trial_at is None or (not self._is_tried and self._clock() >= self._trial_at)

    def begin(self) -> bool:
        """A request goes out that `allows` let through; whether it is a trial, which it says again at its end."""
        self._is_tried = self.is_open
        return self._is_tried

    def hasten(self) -> None:
        """There is reason to think that the server is well: a request may try now."""
        if self._trial_at is not None:
            self._trial_at = min(self._trial_at, self._clock())
            self._open_s = self._first_open_s

    def succeeded(self) -> None:
        self._n_failures = 0
        self._open_s = self._first_open_s
        self._trial_at = None
        self._is_tried = False

    def failed(self, *, was_trial: bool) -> None:
        self._n_failures += 1
        if was_trial:
            self._open_s = min(2 * self._open_s, LONGEST_OPEN_S)
            self._is_tried = False
        if was_trial or (not self.is_open and self._n_failures >= self._most):
            self._trial_at = self._clock() + self._open_s

    def abandoned(self, *, was_trial: bool) -> None:
        """A request ended without saying anything of the server: after a trial, another may try."""
        if was_trial:
            self._is_tried = False
