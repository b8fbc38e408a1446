"""Celery's door: ids in, one service call. A task may run twice; the service looks at the rows first."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_shutdown

from models_llm.engines import close_engines
from models_llm.services import (
    audits,
    builds,
    calibrations,
    draft_trials,
    feeding,
    fits,
    leased_work,
    preparing,
    recorded,
    retrying,
    shards,
)


@shared_task(name="models_llm.prepare_run")
def prepare_run(run_id: int) -> None:
    preparing.prepare_run(run_id=run_id)


@shared_task(name="models_llm.cut_retry")
def cut_retry(retry_id: int) -> None:
    retrying.cut_retry(retry_id=retry_id)


@shared_task(name="models_llm.judge_shard")
def judge_shard(shard_id: int) -> None:
    shards.judge_shard(shard_id=shard_id)


@shared_task(name="models_llm.build_dataset")
def build_dataset(dataset_id: int) -> None:
    builds.build_dataset(dataset_id=dataset_id)


@shared_task(name="models_llm.fit_judge")
def fit_judge(fit_id: int) -> None:
    fits.fit_judge(fit_id=fit_id)


@shared_task(name="models_llm.judge_draft")
def judge_draft(trial_id: int) -> None:
    draft_trials.judge_draft(trial_id=trial_id)


@shared_task(name="models_llm.run_audit")
def run_audit(audit_id: int) -> None:
    audits.run_audit(audit_id=audit_id)


@shared_task(name="models_llm.fit_calibration")
def fit_calibration(calibration_id: int) -> None:
    calibrations.fit_calibration(calibration_id=calibration_id)


@shared_task(name="models_llm.adopt_recorded_judges")
def adopt_recorded_judges(batch_id: int | None = None) -> None:
    """After an import, or over all of them: a message that was lost is made up for by the next sweep."""
    recorded.adopt_recorded_judges(batch_id=batch_id)


@shared_task(name="models_llm.sweep_runs")
def sweep_runs() -> None:
    feeding.sweep_runs()


@shared_task(name="models_llm.sweep_leased_work")
def sweep_leased_work() -> None:
    leased_work.sweep_leased_work()


@shared_task(name="models_llm.drop_old_trials")
def drop_old_trials() -> None:
    draft_trials.drop_old_trials()


@worker_shutdown.connect
def close_at_end(**kwargs: Any) -> None:  # noqa: ARG001  what the signal says is not needed
    """Models leave the accelerator, and connections are closed."""
    close_engines()
