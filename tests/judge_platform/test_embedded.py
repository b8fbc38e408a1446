"""The embedded PostgreSQL: shared by processes, stopped by the last, unharmed by a `kill -9`."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT

DEADLINE_S = 60
USER_OF_THE_SERVER = """
import sys
from judge_platform.embedded import embedded_database_url, start_embedded_postgres
import psycopg

start_embedded_postgres()
with psycopg.connect(embedded_database_url()) as connection:
    # The parent of a connection's process is the server.
    print(connection.execute("SELECT pg_backend_pid()").fetchone()[0], flush=True)
    sys.stdin.readline()
"""

pytestmark = pytest.mark.worker


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="judge-platform-embedded-") as name:
        yield Path(name)


@contextmanager
def user_of(folder: Path, user: str | None = None) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that uses the server under `folder`, and the server's process number; ends in order unless killed."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with subprocess.Popen(
        [sys.executable, "-c", USER_OF_THE_SERVER],
        cwd=ROOT, env={**environment, "EMBEDDED_DIR": str(folder)}, user=user,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        backend = process.stdout.readline().strip()
        assert backend, "it ended without a connection"
        yield process, parent_of(int(backend))


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def is_alive(pid: int) -> bool:
    try:
        return "postgres" in Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_stopped(pid: int) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], DEADLINE_S)[0])
    finally:
        os.close(descriptor)


def test_two_processes_share_one_server_and_the_last_stops_it(folder: Path) -> None:
    with user_of(folder) as (first, server), user_of(folder) as (_, same_server):
        assert server == same_server
        first.communicate("\n", timeout=DEADLINE_S)
        assert first.returncode == 0
        assert is_alive(server)
    assert wait_until_stopped(server)


def test_killing_one_user_leaves_the_server_to_the_other_who_then_stops_it(folder: Path) -> None:
    with user_of(folder) as (first, server), user_of(folder):
        first.kill()
        first.wait()
        assert is_alive(server)
    assert wait_until_stopped(server)


def test_after_the_only_user_was_killed_the_next_takes_the_server_over_and_stops_it(folder: Path) -> None:
    with user_of(folder) as (only, server):
        only.kill()
    assert is_alive(server)
    with user_of(folder) as (_, same_server):
        assert server == same_server
    assert wait_until_stopped(server)


def test_what_was_written_is_there_after_a_stop(folder: Path) -> None:
    assert psql(folder, "CREATE TABLE kept (value int); INSERT INTO kept VALUES (7)") == ""
    assert psql(folder, "SELECT value FROM kept; DROP TABLE kept") == "7"


def psql(folder: Path, statements: str) -> str:
    code = f"""
from judge_platform.embedded import embedded_database_url, start_embedded_postgres
import psycopg
start_embedded_postgres()
with psycopg.connect(embedded_database_url(), autocommit=True) as connection:
    for statement in {statements.split("; ")!r}:
        cursor = connection.execute(statement)
        if cursor.description:
            print(cursor.fetchone()[0])
"""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env={**environment, "EMBEDDED_DIR": str(folder)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests here ran as a normal user already")
def test_root_can_let_a_normal_user_run_it() -> None:
    if not can_be_run_by("nobody"):
        pytest.skip(f"the user nobody may not run {sys.executable} in {ROOT}")
    with tempfile.TemporaryDirectory(prefix="judge-platform-embedded-") as name:
        shutil.chown(name, "nobody")
        with user_of(Path(name), user="nobody") as (_, server):
            assert Path(f"/proc/{server}").owner() == "nobody"
        assert wait_until_stopped(server)


def can_be_run_by(user: str) -> bool:
    try:
        done = subprocess.run([sys.executable, "-c", "import judge_platform"], cwd=ROOT, user=user, check=False)
    except PermissionError:
        return False
    return done.returncode == 0
