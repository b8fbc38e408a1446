"""Processes that a benchmark starts, what they cost, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection

STOP_TIMEOUT_S = 20.0
POLL_S = 0.05


@contextmanager
def running(arguments: Sequence[str], environment: Mapping[str, str], *, log: Path) -> Iterator[int]:
    """The process, by its id, with its output in a file; at the end it is asked to stop, then made to.

    It leads a group of its own, so that nothing it started outlives it.
    """
    with (
        log.open("ab") as output,
        subprocess.Popen(
            arguments, env=dict(environment), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        ) as process,
    ):
        try:
            yield process.pid
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT_S)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def wait_until(fact: Callable[[], bool], *, what: str, within_s: float, log: Path | None = None) -> None:
    """Look until it is so.

    Raises: SystemExit, saying what was waited for, with the end of the log.
    """
    deadline = time.monotonic() + within_s
    while not fact():
        if time.monotonic() > deadline:
            tail = "" if log is None else "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise SystemExit(f"expected {what} within {within_s:.0f} s\n{tail}")
        time.sleep(POLL_S)


def tree_cpu_s(pid: int) -> float:
    """Processor time of a process and all that it started, also of what has ended."""
    ticks = sum(int(field) for field in _stat(pid)[11:15])
    return ticks / os.sysconf("SC_CLK_TCK") + sum(tree_cpu_s(child) for child in _children(pid))


def tree_mb(pid: int, *, peak: bool = False) -> float:
    """Resident memory of a process and all that it started, now or each at its highest; what they share counts for
    each."""
    return _resident_mb(pid, "VmHWM" if peak else "VmRSS") + sum(tree_mb(child, peak=peak) for child in _children(pid))


def postgres_pid() -> int | None:
    """The database server that this process is connected to; None where it runs elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
    try:
        is_here = Path(f"/proc/{backend}/comm").read_text().startswith("postgres")
    except FileNotFoundError:
        return None
    return int(_stat(backend)[1]) if is_here else None


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; zeros for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["0"] * 50


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _resident_mb(pid: int, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024
