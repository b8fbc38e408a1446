"""Submitting an answer and getting the next item, over HTTP from the production server with two app workers."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, connections
from django.db.models import Count, F, Q
from django.urls import reverse

from annotations.choices import AssignmentStatus, Purpose, Role
from annotations.models import Assignment, Judgement, Membership, Project, QueuedItem, User
from annotations.services.queue import queue_items
from judge_platform.bench.annotating import Annotator, work_at_once
from judge_platform.bench.measurement import Measurement, cpu_s, peak_mb, percentiles_ms
from judge_platform.bench.session import project_slug
from judge_platform.bench.web import HOST, free_port, served
from judge_platform.programs import web_program

BARE_APPLICATION = "judge_platform.bench.bare_web:make_application()"
N_TOGETHER = 32
N_ALONE = 300
WARM_UP = 20
TOGETHER_S = 20.0
TARGET_P95_MS = 20.0
TARGET_RATE = 250.0


def measure(size: int) -> Iterator[Measurement]:
    project = Project.objects.get(slug=project_slug(size))
    queue_items(project=project, seed=1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what the server does by itself within a minute
        cursor.execute("CHECKPOINT")  # writing down the import is no part of this
    yield from answers_over_http(project, size)


def answers_over_http(project: Project, size: int, *, name: str = "submit and next item") -> Iterator[Measurement]:
    """One annotator, then many at once, at the queue of the project; then the database is audited."""
    sessions = [session_of_a_new_annotator(project, str(number)) for number in range(N_TOGETHER + 1)]
    page = reverse("annotations:review", args=[project.slug])
    connections.close_all()
    with served(web_program(host=HOST, port=free_port(), workers=2)) as (port, server):
        annotators = [Annotator(HOST, port, page, session) for session in sessions]
        alone, together = annotators[0], annotators[1:]
        alone.work(n=WARM_UP + N_ALONE)
        cpu_before = _sum_over(server, cpu_s)
        # No further than there is enough for all: who finds nothing left measures that.
        seconds = work_at_once(together, n_each=max(size // N_TOGETHER, 5), for_s=TOGETHER_S)
        cpu = _sum_over(server, cpu_s) - cpu_before
        memory = _sum_over(server, peak_mb)
    alone_ms = percentiles_ms(alone.seconds[WARM_UP:])
    together_ms = percentiles_ms([s for annotator in together for s in annotator.seconds])
    n_submitted = sum(annotator.n_acknowledged for annotator in together)
    _audit(project, annotators)
    bare_ms = _bare_ms()
    rate = n_submitted / seconds
    yield Measurement(
        name=f"{name}, 1 annotator",
        size=size,
        p50_ms=alone_ms[0],
        p95_ms=alone_ms[1],
        bare_ratio=alone_ms[0] / bare_ms,
        target=f"p95 at most {TARGET_P95_MS:.0f} ms",
        met=alone_ms[1] <= TARGET_P95_MS,
    )
    yield Measurement(
        name=f"{name}, {N_TOGETHER} at once",
        size=size,
        rate=rate,
        unit="submissions",
        p50_ms=together_ms[0],
        p95_ms=together_ms[1],
        cpu_ms=cpu / n_submitted * 1000,
        peak_mb=memory,
        target=f"at least {TARGET_RATE:.0f} submissions/s",
        met=rate >= TARGET_RATE,
    )


def session_of_a_new_annotator(project: Project, name: str) -> str:
    user = User.objects.create_user(
        username=f"{project.slug}-{name}", display_name=f"Bench {name} (simulated)", is_simulated=True
    )
    Membership.objects.create(project=project, user=user, role=Role.ANNOTATOR)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _audit(project: Project, annotators: Sequence[Annotator]) -> None:
    """Every answer that was acknowledged is stored once, and no item went to more people than wanted.

    Raises: SystemExit, saying what is wrong.
    """
    finished = Assignment.objects.filter(project=project, status=AssignmentStatus.DONE, rater__user__isnull=False)
    n_acknowledged = sum(annotator.n_acknowledged for annotator in annotators)
    n_judgements = Judgement.objects.newest().filter(assignment__in=finished).count()
    holding = [AssignmentStatus.DONE, AssignmentStatus.LEASED]
    taken = Assignment.objects.filter(project=project, status__in=holding, purpose=Purpose.WORK)
    is_taken = Q(item__assignments__status__in=holding, item__assignments__purpose=Purpose.WORK)
    too_many = taken.values("item").annotate(n=Count("pk"), n_raters=Count("rater", distinct=True))
    faults = {
        "acknowledged answers that are not stored once": n_acknowledged - finished.count(),
        "finished turns without a judgement": finished.count() - n_judgements,
        "items with more turns than their overlap": too_many.filter(n__gt=F("item__queued__overlap")).count(),
        "items that one person had twice": too_many.exclude(n=F("n_raters")).count(),
        "full items that are still open": QueuedItem.objects.filter(project=project, state="open")
        .annotate(n=Count("item__assignments", filter=is_taken))
        .filter(n__gte=F("overlap"))
        .count(),
    }
    wrong = {name: n for name, n in faults.items() if n}
    if wrong:
        raise SystemExit(f"the queue is not exact: {wrong}")


def _bare_ms() -> float:
    """Median milliseconds of a view that does nothing, behind the same server."""
    program = web_program(host=HOST, port=free_port(), workers=2, application=BARE_APPLICATION)
    with served(program, path="/") as (port, _):
        connection = HTTPConnection(HOST, port, timeout=30)
        seconds = []
        for _number in range(N_ALONE):
            began = time.perf_counter()
            connection.request("GET", "/")
            connection.getresponse().read()
            seconds.append(time.perf_counter() - began)
        connection.close()
    return percentiles_ms(seconds[WARM_UP:])[0]


def _sum_over(server: subprocess.Popen[bytes], figure: Callable[[int], float]) -> float:
    """The figure over the server's processes; memory that they share counts for each."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return figure(server.pid) + sum(figure(int(child)) for child in children)
