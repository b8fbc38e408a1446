"""Export of judged items to Parquet, beside reading the same rows and throwing them away."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from annotations.models import Project
from judge_platform.bench.measurement import Measurement, peak_mb
from judge_platform.bench.session import project_slug, timed
from models_llm.choices import FileFormat, Shape
from models_llm.datasets import Query
from models_llm.services.datasets import export_dataset

TARGET_RATE = 20_000
ROWS = """
COPY (
    SELECT i.external_id, i.context, i.candidates, i.slices, j.rater_id, j.levels, j.rationale
    FROM annotations_item i
    JOIN annotations_judgement j ON j.item_id = i.id AND j.superseded_at IS NULL AND j.purpose = 'work'
    WHERE i.project_id = %s
) TO STDOUT
"""


def measure(size: int) -> Iterator[Measurement]:
    project = Project.objects.get(slug=project_slug(size))
    query = Query(shape=Shape.JUDGED, format=FileFormat.PARQUET)
    with tempfile.TemporaryDirectory(dir=os.environ["VAR_DIR"]) as folder:
        # The first export of a process loads libraries for some 0.3 s, which a worker pays once. Not timed.
        export_dataset(project=project, query=query, folder=Path(folder) / "first")
        bare_s, _ = timed(lambda: _read_rows(project.pk))
        seconds, manifest = timed(lambda: export_dataset(project=project, query=query, folder=Path(folder) / "judged"))
    if manifest["counts"]["rows"] != size:
        raise SystemExit(f"expected {size} exported rows, got {manifest['counts']}")
    yield Measurement(
        name="export judged items to Parquet",
        size=size,
        rate=size / seconds,
        unit="items",
        peak_mb=peak_mb(),
        bare_ratio=seconds / bare_s,
        target=f"at least {TARGET_RATE:,} items/s",
        met=size / seconds >= TARGET_RATE,
    )


def _read_rows(project_id: int) -> None:
    with connection.cursor() as cursor, cursor.copy(ROWS, [project_id]) as source:
        for _ in source:
            pass
