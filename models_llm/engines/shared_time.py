"""An accelerator's time, parted among those who use it at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Part:
    """What one user had, in seconds of one device; known when it is done."""

    seconds: float = 0.0


class SharedTime:
    """Gives each user its part: of every second, as many parts as there are users in it. All parts are the time used.

    It stands for what an engine does not say: how much of a batch's time was whose.
    """

    def __init__(self, n_devices: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._n_devices = n_devices
        self._clock = clock
        self._n_users = 0
        self._at = clock()
        self._part = 0.0  # of somebody who were there from the beginning on

    @contextmanager
    def of_one(self) -> Iterator[Part]:
        part = Part()
        self._go_on()
        began = self._part
        self._n_users += 1
        try:
            yield part
        finally:
            self._go_on()
            self._n_users -= 1
            part.seconds = (self._part - began) * self._n_devices

    def _go_on(self) -> None:
        now = self._clock()
        if self._n_users:
            self._part += (now - self._at) / self._n_users
        self._at = now
