"""Celery's door: ids in, one service call. A task may run twice; the service looks at the rows first."""

from __future__ import annotations

from typing import Any

from celery import current_app, shared_task
from celery.signals import worker_ready, worker_shutdown

from models_llm.engines import close_engines
from models_llm.services.audits import run_audit as run_audit_service
from models_llm.services.audits import sweep_audits as sweep_audits_service
from models_llm.services.builds import build_dataset as build_dataset_service
from models_llm.services.builds import sweep_datasets as sweep_datasets_service
from models_llm.services.calibrations import fit_calibration as fit_calibration_service
from models_llm.services.calibrations import sweep_calibrations as sweep_calibrations_service
from models_llm.services.draft_trials import judge_draft as judge_draft_service
from models_llm.services.draft_trials import sweep_drafts as sweep_drafts_service
from models_llm.services.feeding import sweep_runs as sweep_runs_service
from models_llm.services.fits import fit_judge as fit_judge_service
from models_llm.services.fits import sweep_fits as sweep_fits_service
from models_llm.services.recorded import adopt_recorded_judges as adopt_recorded_judges_service
from models_llm.services.shards import judge_shard as judge_shard_service


@shared_task(name="models_llm.judge_shard")
def judge_shard(shard_id: int) -> None:
    judge_shard_service(shard_id=shard_id)


@shared_task(name="models_llm.sweep_runs")
def sweep_runs() -> None:
    sweep_runs_service()


@shared_task(name="models_llm.build_dataset")
def build_dataset(dataset_id: int) -> None:
    build_dataset_service(dataset_id=dataset_id)


@shared_task(name="models_llm.sweep_datasets")
def sweep_datasets() -> None:
    sweep_datasets_service()


@shared_task(name="models_llm.fit_judge")
def fit_judge(fit_id: int) -> None:
    fit_judge_service(fit_id=fit_id)


@shared_task(name="models_llm.sweep_fits")
def sweep_fits() -> None:
    sweep_fits_service()


@shared_task(name="models_llm.judge_draft")
def judge_draft(trial_id: int) -> None:
    judge_draft_service(trial_id=trial_id)


@shared_task(name="models_llm.sweep_drafts")
def sweep_drafts() -> None:
    sweep_drafts_service()


@shared_task(name="models_llm.run_audit")
def run_audit(audit_id: int) -> None:
    run_audit_service(audit_id=audit_id)


@shared_task(name="models_llm.sweep_audits")
def sweep_audits() -> None:
    sweep_audits_service()


@shared_task(name="models_llm.fit_calibration")
def fit_calibration(calibration_id: int) -> None:
    fit_calibration_service(calibration_id=calibration_id)


@shared_task(name="models_llm.sweep_calibrations")
def sweep_calibrations() -> None:
    sweep_calibrations_service()


@shared_task(name="models_llm.adopt_recorded_judges")
def adopt_recorded_judges(batch_id: int | None = None) -> None:
    """After an import, or over all of them: a message that was lost is made up for by the next sweep."""
    adopt_recorded_judges_service(batch_id=batch_id)


@worker_ready.connect
def sweep_at_start(**kwargs: Any) -> None:  # noqa: ARG001  what the signal says is not needed
    """A worker that comes back finds what was left behind without waiting for the beat."""
    current_app.send_task("models_llm.sweep_runs")
    current_app.send_task("models_llm.sweep_datasets")
    current_app.send_task("models_llm.sweep_fits")
    current_app.send_task("models_llm.sweep_audits")
    current_app.send_task("models_llm.sweep_calibrations")
    current_app.send_task("models_llm.sweep_drafts")
    current_app.send_task("models_llm.adopt_recorded_judges")


@worker_shutdown.connect
def close_at_end(**kwargs: Any) -> None:  # noqa: ARG001
    """Models leave the accelerator, and connections are closed."""
    close_engines()
