"""The programs that make up a running platform, as command lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models_llm.choices import Queue

MANAGE: Final = Path(__file__).resolve().parent.parent / "manage.py"


@dataclass(frozen=True)
class Program:
    """One child process: the name it goes by in the output, and its command line.

    `is_errand` means that it does one thing and ends, while the others serve until they are stopped.
    """

    name: str
    arguments: tuple[str, ...]
    is_errand: bool = False


def web_program(*, host: str, port: int, workers: int, application: str = "judge_platform.wsgi:application") -> Program:
    """The production server: `workers` processes with four threads each."""
    return Program(
        "web",
        (
            sys.executable, "-m", "gunicorn", application,
            "--bind", f"{host}:{port}", "--workers", str(workers), "--worker-class", "gthread", "--threads", "4",
            "--graceful-timeout", "10", "--no-control-socket", "--log-level", "warning",
        ),
    )  # fmt: skip


def worker_programs(*, queues: Sequence[str], concurrency: int, processes: int) -> list[Program]:
    """The Celery workers. Threads: judging waits for engines, and models share their memory.

    A process keeps one core busy at most. Only the first takes the queue of the engines: each would load its model.
    """
    others = [queue for queue in queues if queue != Queue.ENGINE]
    wanted = [("worker", queues), *((f"worker-{number}", others) for number in range(2, processes + 1) if others)]
    return [
        Program(
            name,
            (*_celery(), "worker", "--queues", ",".join(taken), "--pool", "threads", "--concurrency", str(concurrency),
             "--hostname", f"{name}@%h", "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        )
        for name, taken in wanted
    ]  # fmt: skip


def beat_program() -> Program:
    """The clock that sends the sweeps."""
    return Program("beat", (*_celery(), "beat", "--loglevel", "WARNING", "--pidfile", ""))


def sample_program() -> Program:
    """Makes what is missing of the demonstration's projects."""
    return Program("sample", (sys.executable, str(MANAGE), "build_demo"), is_errand=True)


def _celery() -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "--app", "judge_platform", "--quiet")
