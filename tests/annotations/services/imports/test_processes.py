"""Imports that die, race each other or are large."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import Count

from annotations.choices import BatchKind, BatchState
from annotations.models import Batch, Item, Judgement, Project
from annotations.services.imports import import_file
from tests.annotations.services.imports.files import item_row, tag_project, verdict, write_jsonl

ROOT = Path(__file__).resolve().parents[4]
DEADLINE_S = 60


def database_url() -> str:
    """The test database, for another process."""
    options = connection.settings_dict
    user, host = quote(options["USER"]), quote(options["HOST"], safe="")
    password = f":{quote(options['PASSWORD'])}" if options["PASSWORD"] else ""
    return f"postgresql://{user}{password}@/{options['NAME']}?host={host}&port={options['PORT'] or 5432}"


def start_command(path: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_batch", "--project", "tags", "--file", str(path), *more],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_once_rows_are_read(process: subprocess.Popen[str], n_rows: int) -> Batch:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        batch = Batch.objects.filter(n_read__gte=n_rows).first()
        if batch is not None:
            process.send_signal(signal.SIGKILL)
            process.wait(DEADLINE_S)
            return Batch.objects.get(pk=batch.pk)
        assert process.poll() is None, process.communicate()
    process.kill()
    pytest.fail(f"the import read less than {n_rows} rows in {DEADLINE_S} s")


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, err
    return out


def assert_each_once(project: Project, n: int) -> None:
    assert project.items.count() == n
    assert Judgement.objects.filter(item__project=project).count() == n
    assert Judgement.objects.live().count() == n
    doubled = Item.objects.values("external_id").annotate(n=Count("pk")).filter(n__gt=1)
    assert not doubled.exists()


@pytest.mark.django_db(transaction=True)
def test_items_are_there_once_after_kill_9_and_again(tmp_path: Path) -> None:
    n = 60_000
    project = tag_project()
    path = write_jsonl(tmp_path / "a.jsonl", (item_row(number, judgements=[verdict()]) for number in range(n)))

    died = kill_once_rows_are_read(start_command(path), 10_000)
    assert died.state == BatchState.RUNNING
    assert 10_000 <= died.n_read < n
    assert project.items.count() == died.n_items == died.n_judgements == died.n_read

    out = finish(start_command(path))
    assert f"{died.n_items:,} unchanged" in out
    assert f"{n - died.n_items:,} items added" in out
    assert_each_once(project, n)

    assert "nothing new: this file went in on" in finish(start_command(path))
    assert_each_once(project, n)


@pytest.mark.django_db(transaction=True)
def test_judgements_are_there_once_after_kill_9_and_again(tmp_path: Path) -> None:
    n = 40_000
    project = tag_project()
    import_file(project=project, path=write_jsonl(tmp_path / "i.jsonl", (item_row(number) for number in range(n))))
    Batch.objects.update(n_read=0)
    path = write_jsonl(tmp_path / "j.jsonl", ({"item": f"item-{number}", **verdict()} for number in range(n)))

    died = kill_once_rows_are_read(start_command(path, "--kind", "judgements"), 10_000)
    assert died.state == BatchState.RUNNING
    assert not Judgement.objects.exists()

    # Once its lease has run out, the broken-off batch itself is finished.
    Batch.objects.filter(pk=died.pk).update(lease_expires_at="2020-01-01T00:00Z")
    finish(start_command(path, "--kind", "judgements"))
    died.refresh_from_db()
    assert (died.state, died.n_read, died.n_judgements, died.n_refused) == (BatchState.COMPLETE, n, n, 0)
    assert_each_once(project, n)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [BatchKind.ITEMS, BatchKind.JUDGEMENTS])
def test_two_imports_of_a_file_at_once_double_nothing(kind: BatchKind, tmp_path: Path) -> None:
    n = 12_000
    project = tag_project()
    items = write_jsonl(tmp_path / "a.jsonl", (item_row(number, judgements=[verdict()]) for number in range(n)))
    path = items
    if kind == BatchKind.JUDGEMENTS:
        bare = write_jsonl(tmp_path / "bare.jsonl", (item_row(number) for number in range(n)))
        import_file(project=project, path=bare)
        path = write_jsonl(tmp_path / "j.jsonl", ({"item": f"item-{number}", **verdict()} for number in range(n)))
    start = threading.Barrier(2)
    batches: list[Batch] = []

    def run(producer: str) -> None:
        try:
            start.wait(DEADLINE_S)
            # Two producers, so that neither takes the other's batch over.
            batches.append(import_file(project=project, path=path, kind=kind, producer=producer))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(producer,)) for producer in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)

    assert [batch.state for batch in batches] == [BatchState.COMPLETE] * 2
    assert sum(batch.n_judgements for batch in batches) == n
    assert sum(batch.n_unchanged for batch in batches) == n
    assert sum(batch.n_refused for batch in batches) == 0
    assert_each_once(project, n)


def rows(n: int) -> Iterator[dict[str, object]]:
    return (item_row(number, judgements=[verdict(rationale="because " * 20)]) for number in range(n))


@pytest.mark.django_db
def test_importing_takes_the_same_memory_for_four_times_the_rows(tmp_path: Path) -> None:
    project = tag_project()

    def peak(n: int) -> int:
        path = write_jsonl(tmp_path / f"{n}.jsonl", rows(n))
        tracemalloc.start()
        import_file(project=project, path=path)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1_000)
    small, large = peak(10_000), peak(40_000)
    # Kept, 30,000 rows more of about 500 bytes each would be 15 MB.
    assert large < small + 4_000_000
