from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_platform.scratch import scratch_environment
from tests.conftest import ROOT

DEADLINE_S = 90

pytestmark = pytest.mark.worker


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with scratch_environment("start_test") as variables:
        yield variables


@pytest.fixture
def started(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The whole platform on a port of its own, once it says that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "start", "--port", str(free_port()), "--web-workers", "2"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for_line(process, "ready at http://")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_for_line(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return line
    raise AssertionError(f"it ended without “{text}”:\n{''.join(seen)}")


def descendants(pid: int) -> dict[int, str]:
    """Every process below `pid`, with its command line, from /proc."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    below, found = {pid}, {pid}
    while below:
        below = {child for child, parent in parents.items() if parent in below}
        found |= below
    found.discard(pid)
    return {child: command_line(child) for child in found}


def command_line(pid: int) -> str:
    """Empty for a process that is gone or waits to be collected."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_until_gone(pids: dict[int, str]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    left = pids
    while left and time.monotonic() < deadline:
        left = {pid: line for pid, line in left.items() if command_line(pid) == line}
    assert left == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_it_started_and_nothing_else(
    started: subprocess.Popen[str], environment: dict[str, str], number: signal.Signals
) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        children = descendants(started.pid)
        # gunicorn with two workers, two Celery workers, beat
        assert len(children) == 6, children
        started.send_signal(number)
        started.communicate(timeout=DEADLINE_S)
        assert started.returncode == 0
        wait_until_gone(children)
        assert bystander.poll() is None
        bystander.communicate(b"\n")


def test_when_a_child_dies_it_says_which_and_stops_the_rest(started: subprocess.Popen[str]) -> None:
    children = descendants(started.pid)
    [beat] = [pid for pid, line in children.items() if " beat " in line]
    os.kill(beat, signal.SIGKILL)
    output, _ = started.communicate(timeout=DEADLINE_S)
    assert started.returncode == 1
    assert "beat ended by itself with -9; stopping the rest" in output
    wait_until_gone(children)


def test_children_end_when_it_is_killed_outright(started: subprocess.Popen[str]) -> None:
    children = descendants(started.pid)
    started.kill()
    started.wait(timeout=DEADLINE_S)
    wait_until_gone(children)


def test_a_taken_port_is_named_and_nothing_starts(environment: dict[str, str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "start", "--port", str(port)],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"expected 127.0.0.1:{port} to be free" in done.stderr
