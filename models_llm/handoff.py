"""Hands runs and shards to Celery, as `annotations.handoff` does with imports."""

from __future__ import annotations

from annotations.handoff import send_after_commit


def judge_shard_soon(shard_id: int, *, queue: str) -> None:
    """`queue` is that of the shard's judge version."""
    send_after_commit("models_llm.judge_shard", shard_id, queue=queue)


def prepare_run_soon(run_id: int) -> None:
    send_after_commit("models_llm.prepare_run", run_id)
