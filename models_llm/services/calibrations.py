"""Calibrations fitted by a worker: asked for, fitted under a lease, and seen to again when a worker dies."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import structlog
from django.utils import timezone

from annotations.agreement import as_plain
from annotations.models import User
from models_llm.calibration import N_BINS, Calibrated, calibrate
from models_llm.choices import WorkState
from models_llm.errors import ModelsLLMError
from models_llm.handoff import fit_calibration_soon
from models_llm.models import Calibration, JudgeVersion
from models_llm.selectors.calibration_examples import CriterionExamples, calibration_examples
from models_llm.services.leases import finish, heartbeat, lease_end, renew, sweep, take

SECONDS_BETWEEN_BEATS: Final = 1.0
NO_EXAMPLES: Final = "no item has both a probability of the judge and a decision of people"

log = structlog.get_logger(__name__)


def request_calibration(*, version: JudgeVersion, seed: int = 0, user: User | None) -> Calibration:
    """Store that a version is to be calibrated and let a worker do it.

    Asked for again before it is finished, it is the same calibration; afterwards a new one: people went on rating.
    """
    calibration, is_new = Calibration.objects.unfinished().get_or_create(
        project_id=version.judge.project_id,
        judge_version=version,
        seed=seed,
        defaults={"lease_expires_at": lease_end(), "created_by": user},
    )
    if is_new:
        fit_calibration_soon(calibration.pk)
    return calibration


def fit_calibration(*, calibration_id: int) -> bool:
    """Fit a calibration that is free to take; otherwise do nothing.

    Returns: whether it was fitted, or failed, here.
    """
    calibration = take(Calibration, calibration_id, started_at=timezone.now())
    if calibration is None:
        return False
    with structlog.contextvars.bound_contextvars(calibration_id=calibration.pk):
        try:
            with heartbeat(lambda: renew(calibration), every_s=SECONDS_BETWEEN_BEATS):
                fitted = _fit(calibration)
        except ModelsLLMError as err:
            log.warning("calibration failed", error=str(err))
            return finish(calibration, state=WorkState.FAILED, error=str(err))
        is_ours = finish(
            calibration,
            state=WorkState.READY,
            document=fitted.document,
            examples=fitted.examples,
            examples_digest=fitted.digest,
        )
        log.info("calibration fitted", is_ours=is_ours)
        return is_ours


def sweep_calibrations() -> int:
    """Send again what nobody has seen to within its lease.

    Returns: how many messages are sent.
    """
    return sweep(Calibration, fit_calibration_soon)


@dataclass(frozen=True)
class _Fitted:
    document: dict[str, Any]
    examples: bytes
    digest: str


def _fit(calibration: Calibration) -> _Fitted:
    version = JudgeVersion.objects.select_related("judge__project", "rubric").get(pk=calibration.judge_version_id)
    rng = np.random.default_rng(calibration.seed)
    criteria: list[dict[str, Any]] = []
    arrays: dict[str, Any] = {}
    digest = hashlib.sha256()
    for number, found in enumerate(calibration_examples(version)):
        calibrated = calibrate(found.examples, excluded=found.excluded, rng=rng)
        criteria.append(_criterion(found, calibrated))
        arrays |= {f"{number}_{name}": array for name, array in _columns(found, calibrated).items()}
        for array in (found.items, found.examples.probabilities, found.examples.right, found.examples.groups):
            digest.update(np.ascontiguousarray(array).tobytes())
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    document = {"seed": calibration.seed, "n_bins": N_BINS, "criteria": criteria}
    return _Fitted(document, file.getvalue(), digest.hexdigest())


def _criterion(found: CriterionExamples, calibrated: Calibrated) -> dict[str, Any]:
    """One criterion as JSON; what is of single items is kept beside it."""
    figures = {
        field.name: as_plain(getattr(calibrated, field.name))
        for field in fields(calibrated)
        if field.name not in ("calibrated", "folds")
    }
    return {
        "key": found.criterion.key,
        "name": found.criterion.name,
        "event": found.event.value,
        "refused": None if calibrated.n else NO_EXAMPLES,
        "excluded": dict(found.excluded),
        **figures,
    }


def _columns(found: CriterionExamples, calibrated: Calibrated) -> dict[str, Any]:
    return {
        "items": found.items,
        "folds": calibrated.folds,
        "before": found.examples.probabilities,
        "after": calibrated.calibrated,
        "right": found.examples.right.astype(np.bool_),
    }
