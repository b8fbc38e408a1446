"""The broker forgets everything: the database knows what is to be done, and the sweep sends it again."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from annotations.choices import Outcome
from annotations.models import Project
from judge_platform.bench.stub import Stub
from tests.models_llm.failures.scene import (
    N_ITEMS,
    assert_one_outcome_an_item,
    n_stored,
    prepare,
    served_version,
    start_run,
    wait_for_the_end,
    wait_until_stored,
)
from tests.workers import kill, wait_until, worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_a_run_ends_although_the_file_brokers_folder_was_removed(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    environment = {**environment, "CELERY_BROKER_URL": "filesystem://"}
    served_version(project, stub)
    run = start_run(project, environment)
    with worker(environment):
        wait_until_stored(run, N_ITEMS // 4)
        shutil.rmtree(Path(environment["VAR_DIR"]) / "broker")
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert stub.counts()["asked"] == n_stored(run) == N_ITEMS


def test_a_run_ends_although_all_messages_were_lost_while_no_worker_was_there(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    environment = {**environment, "CELERY_BROKER_URL": "filesystem://"}
    served_version(project, stub)
    run = start_run(project, environment)
    prepare(run, environment)
    messages = Path(environment["VAR_DIR"]) / "broker" / "messages"
    assert list(messages.iterdir())
    for message in messages.iterdir():
        message.unlink()
    with worker(environment):
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert stub.counts()["asked"] == n_stored(run) == N_ITEMS


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server here; .ci/run installs one")
def test_a_run_ends_although_redis_was_killed_and_came_back_empty(
    project: Project, environment: dict[str, str], stub: Stub, tmp_path: Path
) -> None:
    port = _free_port()
    environment = {**environment, "CELERY_BROKER_URL": f"redis://127.0.0.1:{port}/0"}
    served_version(project, stub)
    with _redis(port, tmp_path) as first:
        run = start_run(project, environment)
        with worker(environment):
            wait_until_stored(run, N_ITEMS // 4)
            kill(first)
            n_before = n_stored(run)
            with _redis(port, tmp_path):
                wait_for_the_end(run)

    assert n_before < N_ITEMS
    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert stub.counts()["asked"] == n_stored(run) == N_ITEMS


@contextmanager
def _redis(port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that writes nothing down, once it answers."""
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(
        ["redis-server", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_until(lambda: _is_open(port), "Redis answers")
        yield process
    finally:
        kill(process)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
