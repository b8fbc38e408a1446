"""Hands runs, shards, and what is made under a lease, to Celery, as `annotations.handoff` does with imports."""

from __future__ import annotations

from annotations.handoff import send_after_commit
from models_llm.models import LeasedWork


def judge_shard_soon(shard_id: int, *, queue: str) -> None:
    """`queue` is that of the shard's judge version."""
    send_after_commit("models_llm.judge_shard", shard_id, queue=queue)


def prepare_run_soon(run_id: int) -> None:
    send_after_commit("models_llm.prepare_run", run_id)


def make_soon(work: LeasedWork) -> None:
    send_after_commit(work.task, work.pk, queue=work.worker_queue)
