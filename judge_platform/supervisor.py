"""Child processes that live and end together, with their output in one stream."""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, cast

from judge_platform.programs import Program

STOP_TIMEOUT_S = 15.0
LAST_LINES = 20
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    rest: bytes = b""
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))

    @property
    def is_done(self) -> bool:
        """Whether it was an errand and is run."""
        return self.program.is_errand and self.process.poll() == 0

    @property
    def has_fallen(self) -> bool:
        """Whether it ended without being asked to."""
        return self.process.poll() is not None and not self.is_done


class Supervisor:
    """Starts programs and stops all of them when asked to, or when one ends.

    Every child leads a process group of its own, so that a Ctrl-C reaches it only through `stop`, and is told by the
    kernel to end should this process be killed.
    """

    def __init__(self, *, write: Callable[[str], object], environment: Mapping[str, str]) -> None:
        self._write = write
        self._environment = environment
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()
        self._asked_to_stop = False

    def start(self, program: Program) -> None:
        process = subprocess.Popen(
            program.arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  this process has one thread
        )
        child = _Child(program, process, cast("IO[bytes]", process.stdout))
        self._children.append(child)
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def run(self, *, ready: Callable[[], bool], when_ready: Callable[[], object], only_errands: bool = False) -> bool:
        """Pass on output until asked to stop or until a child ends that should not; then stop all.

        Args:
            only_errands: end also when the errands are done, with nobody left to serve.
        Returns: whether it ended as it should.
        """
        before = {number: signal.signal(number, self._ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
        is_ready = False
        try:
            while not self._asked_to_stop:
                self._pass_on(timeout_s=0.2)
                fallen = next((child for child in self._children if child.has_fallen), None)
                if fallen is not None:
                    self._report(fallen)
                    return False
                if only_errands and all(child.is_done for child in self._children if child.program.is_errand):
                    return True
                if not is_ready and ready():
                    is_ready = True
                    when_ready()
            return True
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """End every child: all are asked, in the end those that did not listen are killed with their own children."""
        for child in self._children:
            _signal(child.process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while time.monotonic() < deadline and any(child.process.poll() is None for child in self._children):
            self._pass_on(timeout_s=0.1)
        for child in self._children:
            _kill_group(child.process)
            child.process.wait()
        self._pass_on(timeout_s=0)
        self._selector.close()
        for child in self._children:
            child.output.close()

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._asked_to_stop = True

    def _pass_on(self, *, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            child: _Child = key.data
            piece = os.read(key.fd, 65536)
            if not piece:
                self._selector.unregister(key.fileobj)
            *lines, child.rest = (child.rest + piece).split(b"\n")
            for line in lines:
                text = line.decode(errors="replace")
                child.last_lines.append(text)
                self._say(f"{child.program.name:<6} | {text}")

    def _say(self, line: str) -> None:
        with suppress(BrokenPipeError):  # nobody reads any more; the children must be stopped all the same
            self._write(line)

    def _report(self, child: _Child) -> None:
        self._pass_on(timeout_s=0)
        lines = "\n".join(f"    {line}" for line in child.last_lines)
        self._say(
            f"{child.program.name} ended by itself with {child.process.returncode}; stopping the rest."
            f" Its last lines:\n{lines or '    (none)'}"
        )


def end_with_parent() -> None:
    """To be called in a child before it runs its program: the kernel ends it should its parent be killed."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(number)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """The group's number cannot be another's: it stays taken while any member of it lives."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
