"""How fast a submit returns the next item, from the production server with two app workers."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.db import connection
from django.db.models import Count

from annotations.choices import AssignmentStatus, Role
from annotations.models import Assignment, Judgement, Membership, Project, User
from annotations.services.projects import change_policy
from annotations.services.queue import queue_items
from judge_platform.bench.annotators import Work, work_at_once
from judge_platform.bench.measurement import Measurement, peak_mb, percentiles_ms
from judge_platform.programs import web_program

OVERLAP: Final = 3
N_AT_ONCE: Final = 32
WARM_UP_S: Final = 3.0
ALONE_S: Final = 5.0
AT_ONCE_S: Final = 10.0
TARGET_P95_MS: Final = 30.0
TARGET_RATE: Final = 100.0
START_TIMEOUT_S: Final = 60.0


def measure_review(size: int) -> list[Measurement]:
    """One annotator alone, then 32 at once, on the newest project; afterwards the database is audited.

    Raises: RuntimeError, if an answer is lost or stored twice, or an item went to more people than wanted.
    """
    project = Project.objects.latest("pk")
    change_policy(project=project, overlap=OVERLAP, lease_s=900, reveal_after=True)
    queue_items(project=project)
    users = [User.objects.create(username=f"bench-{size}-{n}", is_simulated=True) for n in range(N_AT_ONCE + 1)]
    Membership.objects.bulk_create(Membership(project=project, user=user, role=Role.ANNOTATOR) for user in users)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what the server would do by itself within a minute
    with _server() as (port, pid):
        warm_up, _ = work_at_once(users=users[:1], project=project, port=port, duration_s=WARM_UP_S)
        alone, _ = work_at_once(users=users[:1], project=project, port=port, duration_s=ALONE_S)
        crowd, seconds = work_at_once(users=users[1:], project=project, port=port, duration_s=AT_ONCE_S)
        memory = max(peak_mb(child) for child in _children(pid))
    _audit(project, users, acknowledged=sum(work.n_acknowledged for work in warm_up + alone + crowd))
    alone_p50, alone_p95 = percentiles_ms(_latencies(alone))
    crowd_p50, crowd_p95 = percentiles_ms(_latencies(crowd))
    rate = sum(work.n_acknowledged for work in crowd) / seconds
    return [
        Measurement(
            name="submit and next, 1 annotator",
            size=size,
            rate=alone[0].n_acknowledged / ALONE_S,
            unit="submissions",
            p50_ms=alone_p50,
            p95_ms=alone_p95,
            target=f"p95 ≤ {TARGET_P95_MS:.0f} ms",
            met=alone_p95 <= TARGET_P95_MS,
        ),
        Measurement(
            name=f"submit and next, {N_AT_ONCE} at once",
            size=size,
            rate=rate,
            unit="submissions",
            p50_ms=crowd_p50,
            p95_ms=crowd_p95,
            peak_mb=memory,
            target=f"≥ {TARGET_RATE:.0f}/s",
            met=rate >= TARGET_RATE,
        ),
    ]


def _audit(project: Project, users: list[User], acknowledged: int) -> None:
    done = Assignment.objects.filter(project=project, rater__user__in=users, status=AssignmentStatus.DONE)
    stored = Judgement.objects.filter(assignment__in=done).count()
    if not stored == done.count() == acknowledged:
        raise RuntimeError(f"expected {acknowledged} acknowledged answers, found {stored} in {done.count()} turns")
    if done.values("item").annotate(n=Count("pk")).filter(n__gt=OVERLAP).exists():
        raise RuntimeError(f"expected at most {OVERLAP} annotations of an item")
    if done.values("item", "rater").annotate(n=Count("pk")).filter(n__gt=1).exists():
        raise RuntimeError("expected nobody to judge an item twice")


def _latencies(works: list[Work]) -> list[float]:
    return [seconds for work in works for seconds in work.seconds]


@contextmanager
def _server() -> Iterator[tuple[int, int]]:
    """The production server with two app workers: its port and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    program = web_program(host="127.0.0.1", port=port, workers=2)
    process = subprocess.Popen(program.arguments, env={**os.environ, "LOG_LEVEL": "WARNING"}, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _is_listening(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("expected the server to start")
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _is_listening(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
