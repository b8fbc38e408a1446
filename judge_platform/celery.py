"""The Celery application. Tasks take ids; the database is the truth and a message is a hint."""

from __future__ import annotations

import os
import warnings
from typing import Any

from celery import Celery, bootsteps
from celery.concurrency import prefork
from celery.platforms import SecurityWarning
from celery.signals import beat_init, celeryd_init, worker_ready
from django.conf import settings

from judge_platform.embedded import start_embedded_postgres
from judge_platform.file_broker import use_file_broker
from models_llm.choices import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "judge_platform.settings")

# Celery warns root of pickled messages; only JSON is accepted here.
warnings.filterwarnings("ignore", category=SecurityWarning)

use_file_broker()

app = Celery("judge_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class EnginePool(bootsteps.Step):
    """Refuses to start a worker that would run models in forked processes."""

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        if Queue.ENGINE in worker.app.amqp.queues.consume_from and issubclass(worker.pool_cls, prefork.TaskPool):
            raise SystemExit(
                f"expected --pool threads or --pool solo for a worker that takes the queue “{Queue.ENGINE}”, got "
                "prefork: CUDA cannot be initialised again in a forked process, and daemonic processes, as the pool's "
                "are, may not have the children that an engine starts. For a prefork worker leave that queue out: "
                "--queues celery,judge"
            )
        super().__init__(worker, **kwargs)


app.steps["worker"].add(EnginePool)


@celeryd_init.connect
@beat_init.connect
def start_database(**kwargs: Any) -> None:  # noqa: ARG001  what the signal says is not needed
    start_embedded_postgres()


@worker_ready.connect
def sweep_at_start(**kwargs: Any) -> None:  # noqa: ARG001
    """A worker that comes back finds what was left behind without waiting for the clock."""
    for task in settings.SWEEPS:
        app.send_task(task)
