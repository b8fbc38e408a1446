"""The whole agreement report of a judge and three people, beside fetching the same levels row by row."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from annotations.choices import RaterKind
from annotations.models import Project
from annotations.selectors.agreement import project_agreement
from judge_platform.bench.measurement import Measurement, peak_mb
from judge_platform.bench.session import project_slug, timed

TARGET_S = 1.0
ROWS = """
SELECT j.item_id, j.rater_id, j.levels
FROM annotations_judgement j JOIN annotations_rater r ON r.id = j.rater_id
WHERE r.project_id = %s AND j.superseded_at IS NULL AND j.purpose = 'work'
"""


def measure(size: int) -> Iterator[Measurement]:
    """From the database to every figure with its interval: four criteria and the joint outcome."""
    project = Project.objects.get(slug=project_slug(size))
    bare_s, n_rows = timed(lambda: _read_rows(project.pk))
    seconds, report = timed(lambda: project_agreement(project=project))
    n_judges = sum(counts.rater.kind is RaterKind.JUDGE for counts in report.raters)
    if report.n_items != size or report.n_judgements != n_rows or not n_judges:
        raise SystemExit(f"expected a report on {size} items and a judge, got {report.n_items} and {n_judges}")
    yield Measurement(
        name="agreement of a judge with people",
        size=size,
        rate=size / seconds,
        unit="items",
        p50_ms=seconds * 1000,
        peak_mb=peak_mb(),
        bare_ratio=seconds / bare_s,
        target=f"at most {TARGET_S:g} s for 100,000 items",
        met=seconds <= TARGET_S if size >= 100_000 else None,
    )


def _read_rows(project_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [project_id])
        return len(cursor.fetchall())
