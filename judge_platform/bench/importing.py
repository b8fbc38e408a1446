"""Import of items that each bring one judge's verdict on four criteria, beside a bare COPY of the same rows."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from annotations.choices import BatchKind, ProjectKind
from annotations.services.imports import import_file
from annotations.services.projects import create_project
from judge_platform.bench.measurement import Measurement, peak_mb
from judge_platform.bench.rows import N_ANNOTATORS, item_rows, people_rows, rubric, write_rows
from judge_platform.bench.session import project_slug, timed

TARGET_RATE = 10_000
TABLES = {
    "annotations_item": "project_id = %s",
    "annotations_judgement": "item_id IN (SELECT id FROM annotations_item WHERE project_id = %s)",
}


def measure(size: int) -> Iterator[Measurement]:
    """Leaves the project of this size with its items, the judge's verdicts and three people's ratings."""
    project = create_project(
        slug=project_slug(size),
        name=f"Bench {size} (simulated)",
        kind=ProjectKind.TAG,
        rubric=rubric(),
        overlap=N_ANNOTATORS,
        is_simulated=True,
    )
    with tempfile.TemporaryDirectory(dir=os.environ["VAR_DIR"]) as folder:
        items = write_rows(Path(folder) / "items.jsonl", item_rows(size))
        people = write_rows(Path(folder) / "people.jsonl", people_rows(size))
        items_s, batch = timed(lambda: import_file(project=project, path=items))
        peak = peak_mb()
        _expect(batch.n_items == batch.n_judgements == size, f"{batch.n_items} items of {size}: {batch.error}")
        bare_s = _bare_copy(project.pk)
        people_s, batch = timed(lambda: import_file(project=project, path=people, kind=BatchKind.JUDGEMENTS))
        _expect(batch.n_judgements == size * N_ANNOTATORS, f"{batch.n_judgements} judgements: {batch.error}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what the server does by itself within a minute
    yield Measurement(
        name="import items with a verdict on 4 criteria",
        size=size,
        rate=size / items_s,
        unit="items",
        peak_mb=peak,
        bare_ratio=items_s / bare_s,
        target=f"at least {TARGET_RATE:,} items/s",
        met=size / items_s >= TARGET_RATE,
    )
    yield Measurement(
        name="import people's judgements",
        size=size,
        rate=size * N_ANNOTATORS / people_s,
        unit="judgements",
        peak_mb=peak_mb(),
    )


def _bare_copy(project_id: int) -> float:
    """Seconds to COPY the same rows, read out beforehand, into tables of the same columns without a key or index."""
    seconds = 0.0
    with transaction.atomic(), connection.cursor() as cursor:
        for table, condition in TABLES.items():
            with cursor.copy(f"COPY (SELECT * FROM {table} WHERE {condition}) TO STDOUT", [project_id]) as source:  # noqa: S608
                blocks = [bytes(block) for block in source]
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table})")
            seconds += _copy_in(cursor, f"bare_{table}", blocks)
            cursor.execute(f"DROP TABLE bare_{table}")
    return seconds


def _copy_in(cursor: CursorWrapper, table: str, blocks: list[bytes]) -> float:
    began = time.perf_counter()
    with cursor.copy(f"COPY {table} FROM STDIN") as target:
        for block in blocks:
            target.write(block)
    return time.perf_counter() - began


def _expect(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise SystemExit(f"the import is not what it should be: {otherwise}")
