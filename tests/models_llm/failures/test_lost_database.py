"""The database goes away in the middle of a run, and the run goes on when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from annotations.choices import Outcome
from judge_platform.bench.stub import Stub
from tests.models_llm.failures.own_database import OwnDatabase, own_database
from tests.models_llm.failures.scene import (
    N_ITEMS,
    SHARD_SIZE,
    assert_one_outcome_an_item,
    n_stored,
    served_version,
    start_run,
    wait_for_the_end,
    wait_until_stored,
)
from tests.models_llm.services.judged_projects import project_with_items
from tests.workers import worker, worker_environment

pytestmark = pytest.mark.worker


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[OwnDatabase]:
    with django_db_blocker.unblock(), own_database(tmp_path_factory.mktemp("own")) as database:
        yield database


def test_a_run_goes_on_when_its_database_was_killed_and_is_back(
    database: OwnDatabase, tmp_path: Path, stub: Stub
) -> None:
    environment = {**worker_environment(tmp_path), "DATABASE_URL": database.url}
    project = project_with_items(N_ITEMS)
    served_version(project, stub)
    run = start_run(project, environment)
    with worker(environment):
        wait_until_stored(run, N_ITEMS // 4)
        database.kill()
        connection.close()
        database.start_again()
        n_kept = n_stored(run)
        wait_for_the_end(run)

    assert N_ITEMS // 4 <= n_kept < N_ITEMS
    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert n_stored(run) == N_ITEMS
    # What was on its way when the server went is asked again, and that is two threads' shards at most.
    assert stub.counts()["asked"] <= N_ITEMS + 2 * SHARD_SIZE


def test_a_run_goes_on_when_every_session_was_ended(database: OwnDatabase, tmp_path: Path, stub: Stub) -> None:
    environment = {**worker_environment(tmp_path), "DATABASE_URL": database.url}
    project = project_with_items(N_ITEMS)
    served_version(project, stub)
    run = start_run(project, environment)
    with worker(environment):
        wait_until_stored(run, N_ITEMS // 4)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS})
    assert n_stored(run) == N_ITEMS
    assert stub.counts()["asked"] <= N_ITEMS + 2 * SHARD_SIZE
