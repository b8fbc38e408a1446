"""A run through the whole platform: shards in messages, a worker, an engine, verdicts in the database."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from annotations.choices import Outcome
from annotations.models import Judgement, Project
from judge_platform.bench.judging.processes import running, wait_until
from judge_platform.programs import Program, beat_program
from judge_platform.programs import worker_programs as worker_programs_of_start
from models_llm.choices import UNDER_WAY
from models_llm.models import JudgeVersion, Run
from models_llm.services.judges import create_judge
from models_llm.services.runs import start_run

SLOWEST_RATE = 5.0
"""Items a second below which a run counts as stuck, with two minutes on top."""


@dataclass(frozen=True)
class Workers:
    """Worker processes, by id, and where they log."""

    pids: tuple[int, ...]
    log: Path


def worker_programs(*, processes: int = 1, sampled: Path | None = None) -> list[Program]:
    """The workers that `manage.py start` runs.

    Args:
        sampled: where each is to write down what it was seen at.
    """
    programs = worker_programs_of_start(
        queues=settings.WORKER_QUEUES, concurrency=settings.WORKER_CONCURRENCY, processes=processes
    )
    if sampled is None:
        return programs
    module = ("-m", "judge_platform.bench.judging.sampled_worker", str(sampled))
    # In place of: python -m celery
    return [replace(one, arguments=(sys.executable, *module, *one.arguments[3:])) for one in programs]


@contextmanager
def workers(programs: Sequence[Program], environment: dict[str, str] | None = None) -> Iterator[Workers]:
    """The workers and Celery's clock."""
    log = Path(os.environ["VAR_DIR"]) / "worker.log"
    environment = {**(environment or os.environ), "LOG_LEVEL": "WARNING"}
    with ExitStack() as stack:
        pids = [stack.enter_context(running(program.arguments, environment, log=log)) for program in programs]
        stack.enter_context(running(beat_program().arguments, environment, log=log))
        yield Workers(tuple(pids), log)


def served_by(project: Project, url: str, *, model: str = "stub") -> JudgeVersion:
    """The judge that most projects have: a served model with the pointwise prompt, all settings as they come."""
    return create_judge(project=project, name="bench", engine="openai_http", model=model, engine_settings={"url": url})


def judge(version: JudgeVersion, by: Workers) -> tuple[Run, float]:
    """Run the version over all its project's items that it has not judged.

    Returns: the run, complete, and the seconds from asking for it to its end.
    """
    began = timezone.now()
    run = start_run(version=version)
    return run, (wait_for(run, by) - began).total_seconds()


def wait_for(run: Run, by: Workers) -> datetime:
    """When the run ended.

    Raises: SystemExit, if it does not, or an item is without a verdict or has a failed one.
    """
    n_items = run.judge_version.judge.project.items.count()
    wait_until(
        lambda: Run.objects.get(pk=run.pk).state not in UNDER_WAY,
        what=f"verdicts on {n_items:,} items",
        within_s=120 + n_items / SLOWEST_RATE,
        log=by.log,
    )
    run.refresh_from_db()
    live = Judgement.objects.live().filter(verdict__run=run)
    n_live, failed = live.count(), live.filter(outcome=Outcome.FAILED).select_related("verdict").first()
    if run.finished_at is None or n_live != run.n_items or failed is not None:
        reason = failed.verdict.error if failed is not None else run.note
        raise SystemExit(f"expected {run.n_items} verdicts, none of them failed, got {n_live}: {run.state} {reason}")
    return run.finished_at
