"""Celery's door: ids in, one service call. A task may run twice; the service looks at the rows first."""

from __future__ import annotations

from typing import Any

from celery import current_app, shared_task
from celery.signals import worker_ready

from models_llm.services.feeding import sweep_runs as sweep_runs_service
from models_llm.services.shards import judge_shard as judge_shard_service


@shared_task(name="models_llm.judge_shard")
def judge_shard(shard_id: int) -> None:
    judge_shard_service(shard_id=shard_id)


@shared_task(name="models_llm.sweep_runs")
def sweep_runs() -> None:
    sweep_runs_service()


@worker_ready.connect
def sweep_at_start(**kwargs: Any) -> None:  # noqa: ARG001  what the signal says is not needed
    """A worker that comes back finds what was left behind without waiting for the beat."""
    current_app.send_task("models_llm.sweep_runs")
