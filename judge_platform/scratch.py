"""A database and a folder of their own for one purpose, gone afterwards: benchmarks, screenshots, tests of commands."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from judge_platform.embedded import embedded_database_url, start_embedded_postgres
from judge_platform.env import env_str


@contextmanager
def scratch_environment(purpose: str) -> Iterator[dict[str, str]]:
    """Environment variables that name an empty database on the usual server and an empty folder.

    For processes started with them; this process keeps its own settings. Both are removed at the end, with whatever
    still uses them.
    """
    start_embedded_postgres()
    server = env_str("DATABASE_URL") or embedded_database_url()
    name = f"{purpose}_{os.getpid()}"
    _execute(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        with tempfile.TemporaryDirectory(prefix=f"judge-platform-{purpose}-") as folder:
            yield {**os.environ, "DATABASE_URL": _with_database(server, name), "VAR_DIR": folder}
    finally:
        _execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
