"""How many verdicts a second the platform stores when the model costs nothing, and where the time goes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from judge_platform.bench.judging.items import fill, make_project
from judge_platform.bench.judging.judged import Workers, judge, served_by, worker_programs, workers
from judge_platform.bench.judging.processes import postgres_pid, tree_cpu_s, tree_mb
from judge_platform.bench.judging.sampled_worker import BEGIN
from judge_platform.bench.measurement import Measurement
from judge_platform.bench.stub import Stub, stub_process

TARGET_RATE = 1_500
"""Of as many worker processes as `make start` runs; one alone uses little more than one core."""
N_CORES = 2
WARM_UP = 400


def measure(size: int) -> Iterator[Measurement]:
    """With one worker process and with two; then once more with a sampled one."""
    with stub_process() as stub:
        yield from _measure(size, stub, processes=1)
        yield from _measure(size, stub, processes=N_CORES)
        yield from _parts(size, stub)


def _measure(size: int, stub: Stub, *, processes: int) -> Iterator[Measurement]:
    name = f"verdicts on the stub, worker processes: {processes}"
    with workers(worker_programs(processes=processes)) as by:
        _warm_up(f"warm-{processes}", stub, by)
        project = make_project(f"ceiling-{processes}")
        fill(project, size)
        version = served_by(project, stub.url)
        postgres = postgres_pid()
        pids = {"workers": by.pids, "stub": (stub.process.pid,), "PostgreSQL": (postgres,) if postgres else ()}
        before = {part: sum(map(tree_cpu_s, of)) for part, of in pids.items()}
        n_before = stub.counts()["asked"]
        _, seconds = judge(version, by)
        n_asked = stub.counts()["asked"] - n_before
        cpu_ms = {part: (sum(map(tree_cpu_s, of)) - before[part]) / size * 1000 for part, of in pids.items()}
        peak = sum(tree_mb(pid, peak=True) for pid in by.pids)
    if n_asked != size:
        raise SystemExit(f"expected a request for each of {size} items, the stub counted {n_asked}")
    yield Measurement(
        name=name,
        size=size,
        rate=size / seconds,
        unit="verdicts",
        cpu_ms=sum(cpu_ms.values()),
        peak_mb=peak,
        target=f"at least {TARGET_RATE:,} verdicts/s" if processes == N_CORES else "",
        met=size / seconds >= TARGET_RATE if processes == N_CORES else None,
    )
    for part, milliseconds in cpu_ms.items():
        yield Measurement(name=f"{name}: {part}", size=size, cpu_ms=milliseconds)


def _parts(size: int, stub: Stub) -> Iterator[Measurement]:
    """Processor time of a worker on each part of a verdict, by sampling."""
    file = Path(os.environ["VAR_DIR"]) / "sampled.json"
    with workers(worker_programs(sampled=file)) as by:
        _warm_up("warm-sampled", stub, by)
        project = make_project("ceiling-sampled")
        fill(project, size)
        for pid in by.pids:
            os.kill(pid, BEGIN)
        before = sum(map(tree_cpu_s, by.pids))
        judge(served_by(project, stub.url), by)
        cpu_ms = (sum(map(tree_cpu_s, by.pids)) - before) / size * 1000
    for part, share in sorted(json.loads(file.read_text()).items(), key=lambda found: -found[1]):
        yield Measurement(name=f"a verdict in the worker: {part}", size=size, cpu_ms=share * cpu_ms)


def _warm_up(slug: str, stub: Stub, by: Workers) -> None:
    """Until the worker has taken its first shards, which load the rest of its code."""
    project = make_project(slug)
    fill(project, WARM_UP)
    judge(served_by(project, stub.url), by)
