"""Real Celery workers for tests that kill them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from judge_platform.embedded import embedded_database_url
from tests.conftest import ROOT

DEADLINE_S = 90


def worker_environment(folder: Path) -> dict[str, str]:
    """For processes on this test's database, with a broker of their own in the folder and short leases."""
    server = os.environ.get("DATABASE_URL") or embedded_database_url()
    name = connection.settings_dict["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": urlunsplit(urlsplit(server)._replace(path=f"/{name}")),
        "VAR_DIR": str(folder),
        "LEASE_S": "2",
        "SWEEP_INTERVAL_S": "1",
    }


@contextmanager
def worker(
    environment: dict[str, str], *arguments: str, pool: str = "threads", has_clock: bool = True
) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker, with a clock unless another has it, in a process group of its own; killed at the end."""
    clock = ["--beat", "--schedule", f"{environment['VAR_DIR']}/schedule"] if has_clock else []
    process = subprocess.Popen(
        [
            sys.executable, "-m", "celery", "--app", "judge_platform", "worker", "--pool", pool,
            "--concurrency", "2", *clock, *arguments,
        ],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        kill(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a worker to stop, which ends what it has begun."""
    process.terminate()
    process.wait(DEADLINE_S)


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(fact: Callable[[], bool], what: str, *, within_s: float = DEADLINE_S) -> None:
    deadline = time.monotonic() + within_s
    while not fact():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {within_s} s")
        time.sleep(0.1)
