"""Projects full of items, each of which says something else."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection

from annotations.choices import ProjectKind
from annotations.models import Project
from annotations.services.imports import import_file
from annotations.services.projects import create_project
from judge_platform.bench.rows import N_DISTINCT, item_rows, rubric, write_rows

# The texts repeat, and each item has a number of its own in its evidence: equal items would be judged once.
_COPIES = """
INSERT INTO annotations_item
    (project_id, batch_id, external_id, context, candidates, slices, "group", content_digest, created_at)
SELECT project_id, batch_id, id || '-' || visit, context || jsonb_build_object('visit', visit), candidates, slices,
    "group", decode(md5(id || ' ' || visit), 'hex'), created_at
FROM generate_series(%(first)s, %(last)s) AS visit, annotations_item
WHERE project_id = %(project_id)s
ORDER BY visit, id
LIMIT %(n_more)s
"""


def make_project(slug: str) -> Project:
    """A simulated project for tag items under four criteria."""
    return create_project(
        slug=slug, name=f"{slug} (simulated)", kind=ProjectKind.TAG, rubric=rubric(), is_simulated=True
    )


def import_items(project: Project, n: int, *, visit: int) -> None:
    """Import `n` items from a file, as people do; under another `visit` their texts are others of the same length."""
    with tempfile.TemporaryDirectory(dir=os.environ["VAR_DIR"]) as folder:
        batch = import_file(project=project, path=write_rows(Path(folder) / "items.jsonl", unjudged_rows(n, visit)))
    if batch.n_items != n:
        raise SystemExit(f"expected {n} items, {batch.n_items} came in: {batch.error}")


def fill(project: Project, n: int) -> None:
    """Import the first items and let the database copy the rest."""
    n_imported = min(n, N_DISTINCT)
    import_items(project, n_imported, visit=100)
    with connection.cursor() as cursor:
        if n > n_imported:
            n_copies = -(-(n - n_imported) // n_imported)
            cursor.execute(
                _COPIES,
                {"project_id": project.pk, "first": 101, "last": 100 + n_copies, "n_more": n - n_imported},
            )
        cursor.execute("ANALYZE")  # what the server does by itself within a minute
        cursor.execute("CHECKPOINT")  # writing the items down is no part of judging them


def unjudged_rows(n: int, visit: int) -> Iterator[dict[str, Any]]:
    """Items without the verdicts that other benchmarks bring along."""
    for row in item_rows(n):
        unjudged = {name: value for name, value in row.items() if name != "judgements"}
        yield {**unjudged, "context": {**row["context"], "visit": visit}}
