"""Calibrations fitted by a worker: asked for, fitted under a lease, and seen to again when a worker dies."""

from __future__ import annotations

import hashlib
import io
from dataclasses import fields
from typing import Any, Final

import numpy as np

from annotations.agreement import as_plain
from annotations.choices import WorkState
from annotations.models import User
from annotations.services.leased_work import finish, request_once
from models_llm.calibration import N_BINS, Calibrated, calibrate
from models_llm.models import Calibration, JudgeVersion
from models_llm.selectors.calibration_examples import CriterionExamples, calibration_examples
from models_llm.services.leased_work import make

NO_EXAMPLES: Final = "no item has both a probability of the judge and a decision of people"


def request_calibration(*, version: JudgeVersion, seed: int = 0, user: User | None) -> Calibration:
    """Store that a version is to be calibrated and let a worker do it.

    Asked for again before it is finished, it is the same calibration; afterwards a new one: people went on rating.
    """
    return request_once(Calibration, project_id=version.judge.project_id, judge_version=version, seed=seed, user=user)


def fit_calibration(*, calibration_id: int) -> bool:
    """Fit a calibration that is free to take; otherwise do nothing.

    Returns: whether it was fitted, or failed, here.
    """
    return make(Calibration, calibration_id, _fit)


def _fit(calibration: Calibration) -> bool:
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
    return finish(
        calibration,
        state=WorkState.READY,
        document={"seed": calibration.seed, "n_bins": N_BINS, "criteria": criteria},
        examples=file.getvalue(),
        examples_digest=digest.hexdigest(),
    )


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
