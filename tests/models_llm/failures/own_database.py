"""A PostgreSQL for one test, which that test may kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from judge_platform.env import parse_database_url
from tests.conftest import ROOT
from tests.workers import wait_until

_HOLD = """
import sys
from judge_platform.embedded import embedded_database_url, start_embedded_postgres
start_embedded_postgres()
print(embedded_database_url(), flush=True)
sys.stdin.read()
"""


class OwnDatabase:
    """An embedded server with a folder of its own. Processes get its address by `environment`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._holders: list[subprocess.Popen[str]] = []
        self.url = self._start()
        self.environment = {**self._own_environment(), "DATABASE_URL": self.url}

    def kill(self) -> None:
        """At once, with every session: nothing is written down that was not before."""
        pid = int((self._folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the server is gone")

    def start_again(self) -> None:
        self._start()

    def close(self) -> None:
        for holder in self._holders:
            holder.communicate()

    def _start(self) -> str:
        """By a process that holds it, as web and worker do, until its input ends."""
        holder = subprocess.Popen(
            [sys.executable, "-c", _HOLD],
            cwd=ROOT, env=self._own_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._holders.append(holder)
        assert holder.stdout is not None
        return holder.stdout.readline().strip()

    def _own_environment(self) -> dict[str, str]:
        usual = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return {**usual, "EMBEDDED_DIR": str(self._folder)}


@contextmanager
def own_database(folder: Path) -> Iterator[OwnDatabase]:
    """The server, migrated, with this process's connection to it; the usual one is back at the end."""
    database = OwnDatabase(folder)
    before = dict(connection.settings_dict)
    try:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=database.environment, check=True
        )
        connection.close()
        connection.settings_dict.update(parse_database_url("DATABASE_URL", database.url))
        yield database
    finally:
        connection.close()
        connection.settings_dict.update(before)
        database.close()
