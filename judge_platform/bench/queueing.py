"""The queue at any number of items: a draw, claiming alone, and answers over HTTP, with everything switched on.

Larger overlap for a share of the items, slices with floors, skills, gold in between and three modes: what is to cost
the same at a thousand items and at a million.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone

from annotations.choices import BatchKind, BatchState, GoldSource, GoldUse, Order, ProjectKind, RaterKind
from annotations.models import Batch, Project, Rater
from annotations.services.projects import change_policy, create_project
from annotations.services.queue import claim_item, queue_items, submit_annotation
from judge_platform.bench.measurement import Measurement, peak_mb, percentiles_ms
from judge_platform.bench.reviewing import N_ALONE, WARM_UP, answers_over_http
from judge_platform.bench.rows import N_DISTINCT, item_rows, rubric
from judge_platform.bench.session import timed

CLAIM = "claim an item, without HTTP"
N_CATEGORIES = 20
N_GOLD = 200
FLOOR = 5

# Every fourth item is in a language that one must know.
_ITEMS = """
INSERT INTO annotations_item
    (project_id, batch_id, external_id, context, candidates, slices, content_digest, created_at)
SELECT %(project)s, %(batch)s, 'item-' || n, kind.context, kind.candidates,
    jsonb_build_object('category', 'category ' || n %% %(n_categories)s)
        || CASE WHEN n %% 4 = 0 THEN '{"language": "zh"}'::jsonb ELSE '{}' END,
    decode(md5(%(project)s || ' ' || n), 'hex'), now()
FROM generate_series(1, %(size)s) AS n
JOIN unnest(%(contexts)s::jsonb[], %(candidates)s::jsonb[]) WITH ORDINALITY AS kind(context, candidates, number)
    ON kind.number = 1 + n %% %(n_kinds)s
"""
# Four criteria of two levels each, as unsure as a lot says.
_VERDICTS = """
INSERT INTO annotations_judgement
    (item_id, rater_id, rubric_id, outcome, levels, distributions, rationale, visible, created_at)
SELECT id, %(judge)s, %(rubric)s, 'rated', '{0, 0, 0, 0}', ARRAY[p, 1 - p, p, 1 - p, p, 1 - p, p, 1 - p], '', 'blind',
    now()
FROM annotations_item CROSS JOIN LATERAL annotations_lot(1, 'bench', id) AS p
WHERE project_id = %(project)s
"""
_GOLD = """
INSERT INTO annotations_gold (item_id, rubric_id, levels, source, use, created_at)
SELECT id, %(rubric)s, '{0, 0, 0, 0}', %(source)s, %(use)s, now()
FROM annotations_item WHERE project_id = %(project)s ORDER BY id LIMIT %(n)s
"""


def measure(size: int) -> Iterator[Measurement]:
    project = _make_project(size)
    directed_s, directed = timed(
        lambda: queue_items(project=project, n=max(size // 10, N_CATEGORIES * FLOOR), order=Order.UNCERTAINTY)
    )
    all_s, _ = timed(lambda: queue_items(project=project))
    yield Measurement(
        name="draw a tenth of the items by uncertainty", size=size, rate=size / directed_s, unit="items",
        peak_mb=peak_mb(), note=f"{directed.n_drawn:,} drawn in {directed_s:.1f} s",
    )  # fmt: skip
    yield Measurement(name="send all items to people", size=size, rate=size / all_s, unit="items")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what the server does by itself within a minute
        cursor.execute("CHECKPOINT")  # writing the rows down is no part of asking for them
    yield _claims(project, size)
    yield from answers_over_http(project, size, name="submit and next item, everything on")


def _claims(project: Project, size: int) -> Measurement:
    """Claims of one annotator who knows the language, one after the other; answering in between is not counted."""
    rater = Rater.objects.create(project=project, kind=RaterKind.PERSON, name="bench annotator", skills=["zh"])
    spec, seconds = project.current_rubric(), []
    n = min(WARM_UP + N_ALONE, size // 2)
    for _number in range(n):
        began = time.perf_counter()
        turn = claim_item(project=project, rater=rater)
        seconds.append(time.perf_counter() - began)
        if turn is None:
            raise SystemExit(f"expected {n} items to claim, there were {len(seconds) - 1}")
        submit_annotation(assignment=turn, rubric=spec, levels=(0,) * len(spec.spec().criteria))
    p50, p95 = percentiles_ms(seconds[WARM_UP:])
    return Measurement(name=CLAIM, size=size, p50_ms=p50, p95_ms=p95)


def _make_project(size: int) -> Project:
    """Items, a judge's verdicts and gold, filled in by the database itself."""
    project = create_project(
        slug=f"queue-{size}", name=f"Queue {size} (simulated)", kind=ProjectKind.TAG, rubric=rubric(), is_simulated=True
    )
    change_policy(
        project=project,
        settings=replace(
            project.current_policy().settings(), overlap=2, more_overlap=3, more_overlap_share=0.2,
            slice_key="category", slice_least=FLOOR, skill_slice="language", gold_share=0.05, blind_share=0.4,
            reveal_share=0.4, assist_share=0.2, seed=1,
        ),
    )  # fmt: skip
    batch = Batch.objects.create(
        project=project, kind=BatchKind.ITEMS, state=BatchState.COMPLETE, source_name="bench", n_items=size,
        finished_at=timezone.now(),
    )  # fmt: skip
    judge = Rater.objects.create(project=project, kind=RaterKind.JUDGE, name="bench judge", is_simulated=True)
    current = project.current_rubric()
    kinds = list(item_rows(min(size, N_DISTINCT)))
    values: dict[str, Any] = {
        "project": project.pk,
        "batch": batch.pk,
        "judge": judge.pk,
        "rubric": current.pk,
        "size": size,
        "n_kinds": len(kinds),
        "n_categories": N_CATEGORIES,
        "n": N_GOLD,
        "source": GoldSource.RULING,
        "use": GoldUse.HIDDEN,
        "contexts": [orjson.dumps(row["context"]).decode() for row in kinds],
        "candidates": [orjson.dumps([row["candidate"]]).decode() for row in kinds],
    }
    with connection.cursor() as cursor:
        for statement in (_ITEMS, _VERDICTS, _GOLD):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")
    return project
