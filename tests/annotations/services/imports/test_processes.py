"""Imports that die, race each other or are large."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from pytest_django import Settings

from annotations.choices import BatchKind, BatchState, Role
from annotations.models import Batch, Item, Judgement, Project
from annotations.services.imports import import_file, open_batch, receive_upload, sweep_imports, take_batch
from annotations.services.imports.batches import hold_batch
from tests.annotations.services.imports.files import item_row, tag_project, verdict, write_jsonl
from tests.conftest import ROOT
from tests.factories import make_member
from tests.workers import DEADLINE_S, kill, wait_until, worker, worker_environment


def start_command(path: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_batch", "--project", "tags", "--file", str(path), *more],
        cwd=ROOT,
        # A lease outlives the test: whoever comes after a kill finds the batch still taken.
        env={**worker_environment(path.parent / "var"), "LEASE_S": "600"},
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
        time.sleep(0.02)
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
    n = 30_000
    project = tag_project()
    path = write_jsonl(tmp_path / "a.jsonl", (item_row(number, judgements=[verdict()]) for number in range(n)))

    died = kill_once_rows_are_read(start_command(path), 5_000)
    assert died.state == BatchState.RUNNING
    assert 5_000 <= died.n_read < n
    assert project.items.count() == died.n_items == died.n_judgements == died.n_read

    out = finish(start_command(path))
    assert f"{died.n_items:,} unchanged" in out
    assert f"{n - died.n_items:,} items added" in out
    assert_each_once(project, n)

    assert "nothing new: this file went in on" in finish(start_command(path))
    assert_each_once(project, n)


@pytest.mark.django_db(transaction=True)
def test_judgements_are_there_once_after_kill_9_and_again(tmp_path: Path) -> None:
    n = 20_000
    project = tag_project()
    import_file(project=project, path=write_jsonl(tmp_path / "i.jsonl", (item_row(number) for number in range(n))))
    Batch.objects.update(n_read=0)
    path = write_jsonl(tmp_path / "j.jsonl", ({"item": f"item-{number}", **verdict()} for number in range(n)))

    died = kill_once_rows_are_read(start_command(path, "--kind", "judgements"), 5_000)
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
    n = 8_000
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


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_an_upload_is_finished_by_another_worker_after_kill_9(tmp_path: Path, settings: Settings) -> None:
    n = 40_000
    project = tag_project()
    environment = worker_environment(tmp_path / "var")
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    data = write_jsonl(tmp_path / "a.jsonl", (item_row(number, judgements=[verdict()]) for number in range(n)))
    # The message goes to this process's broker, where no worker listens: as good as lost, and found by the sweep.
    batch = receive_upload(
        project=project,
        name="a.jsonl",
        blocks=[data.read_bytes()],
        kind=BatchKind.ITEMS,
        created_by=make_member(project, Role.LEAD),
    )
    Batch.objects.update(created_at=timezone.now() - timedelta(minutes=1))

    with worker(environment) as first:
        wait_until(lambda: Batch.objects.filter(n_read__gte=5_000).exists(), "the worker imports")
        kill(first)
    died = Batch.objects.get()
    assert (died.state, died.n_items) == (BatchState.RUNNING, died.n_read)
    assert died.n_read < n

    with worker(environment):
        wait_until(lambda: Batch.objects.get().state == BatchState.COMPLETE, "the import is complete")
        wait_until(lambda: not any((settings.MEDIA_ROOT / "imports").iterdir()), "the kept file is dropped")
    batch.refresh_from_db()
    assert (batch.n_read, batch.n_items, batch.n_judgements, batch.n_unchanged, batch.n_refused) == (n, n, n, 0, 0)
    assert_each_once(project, n)


@pytest.mark.django_db(transaction=True)
def test_nobody_takes_a_batch_whose_process_is_in_a_long_transaction() -> None:
    """Such as the merge of a large file, which may take longer than a lease."""
    made = open_batch(project=tag_project(), kind=BatchKind.JUDGEMENTS, source_name="a.jsonl")
    batch = take_batch(made.pk)
    assert batch is not None
    Batch.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))

    def sweep() -> None:
        sweep_imports()
        connection.close()

    with transaction.atomic():
        hold_batch(batch)
        thread = threading.Thread(target=sweep)
        thread.start()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()
    batch.refresh_from_db()
    assert batch.state == BatchState.RUNNING


def rows(n: int) -> Iterator[dict[str, object]]:
    return (item_row(number, judgements=[verdict(rationale="because " * 20)]) for number in range(n))


@pytest.mark.django_db
def test_importing_takes_the_same_memory_for_three_times_the_rows(tmp_path: Path) -> None:
    project = tag_project()

    def peak(n: int) -> int:
        path = write_jsonl(tmp_path / f"{n}.jsonl", rows(n))
        # All that a long run of tests has left is no part of it: beside so much, cycles are collected next to never.
        gc.collect()
        gc.freeze()
        tracemalloc.start()
        try:
            import_file(project=project, path=path)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            gc.unfreeze()
        return most

    peak(1_000)
    small, large = peak(10_000), peak(30_000)
    # Kept, 20,000 rows more of about 500 bytes each would be 10 MB.
    assert large < small + 5_000_000
