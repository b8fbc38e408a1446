"""Hands runs, data sets, fits and audits to Celery, as `annotations.handoff` does with imports."""

from __future__ import annotations

from annotations.handoff import send_after_commit


def judge_shard_soon(shard_id: int, *, queue: str) -> None:
    """`queue` is that of the shard's judge version."""
    send_after_commit("models_llm.judge_shard", shard_id, queue=queue)


def build_dataset_soon(dataset_id: int) -> None:
    send_after_commit("models_llm.build_dataset", dataset_id)


def fit_judge_soon(fit_id: int, *, queue: str | None) -> None:
    """Training wants an accelerator where there is one; `queue` is None for the default one."""
    send_after_commit("models_llm.fit_judge", fit_id, queue=queue)


def judge_draft_soon(trial_id: int, *, queue: str) -> None:
    """`queue` is where the engines of the draft and of its version run."""
    send_after_commit("models_llm.judge_draft", trial_id, queue=queue)


def run_audit_soon(audit_id: int, *, queue: str) -> None:
    """`queue` is that of the audited version: its engine runs there."""
    send_after_commit("models_llm.run_audit", audit_id, queue=queue)


def fit_calibration_soon(calibration_id: int) -> None:
    send_after_commit("models_llm.fit_calibration", calibration_id)
