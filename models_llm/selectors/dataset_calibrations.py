"""Judges' probabilities in a data set, calibrated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from annotations.choices import WorkState
from annotations.estimation import FloatArray
from annotations.models import Rater, Rubric
from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _
from models_llm.calibration import Calibrator
from models_llm.datasets import CALIBRATED_BY, IntArray, LevelArray, Probabilities
from models_llm.errors import DatasetError
from models_llm.models import Calibration

AS_GIVEN, BY_ALL, CROSS_FITTED = range(len(CALIBRATED_BY))


def find_calibrations(
    judges: Sequence[Rater], rubric: Rubric, *, chosen: Sequence[int] | None
) -> dict[int, Calibration]:
    """Calibrations by the position of their judge, without their examples.

    Args:
        chosen: ids of those to take; None for the newest of each judge.
    Raises: DatasetError, if there is none, or one that was chosen is not there.
    """
    ready = Calibration.objects.filter(
        judge_version__rater__in=judges, judge_version__rubric=rubric, state=WorkState.READY
    ).select_related("judge_version")
    if chosen is not None:
        ready = ready.filter(pk__in=chosen)
    newest = ready.defer("examples", "judge_version__artifact", "judge_version__config")
    newest = newest.order_by("judge_version_id", "-pk").distinct("judge_version_id")
    by_rater = {calibration.judge_version.rater_id: calibration for calibration in newest}
    missing = set(chosen or ()) - {calibration.pk for calibration in by_rater.values()}
    if missing:
        raise DatasetError(
            _("expected calibrations %(missing)s of these judges, they are not there", missing=sorted(missing))
        )
    if not by_rater:
        raise DatasetError(
            _("expected a judge with a calibration under this rubric, there is none; calibrate_judge makes one")
        )
    return {position: by_rater[judge.pk] for position, judge in enumerate(judges) if judge.pk in by_rater}


def calibrated_probabilities(
    calibrators: Mapping[int, Calibrator],
    rubric: RubricSpec,
    *,
    item_ids: IntArray,
    judge: IntArray,
    levels: LevelArray,
    shares: Sequence[list[float] | None],
) -> tuple[Probabilities, ...]:
    """For each criterion the probabilities of (n,) verdicts; empty without any calibrator.

    Args:
        calibrators: by the position of their judge; verdicts of other judges get none.
        judge: (n,) positions.
        shares: (n,) probabilities of the levels of all criteria in a row; None where a verdict has none.
    """
    if not calibrators:
        return ()
    distributions = _distributions(shares, rubric)
    found = tuple(
        Probabilities(np.full(len(judge), np.nan), np.full(len(judge), np.nan), np.full(len(judge), AS_GIVEN, np.int8))
        for _ in rubric.criteria
    )
    for position, calibrator in calibrators.items():
        mine = np.flatnonzero(judge == position)
        applied = calibrator.apply(
            rubric,
            item_ids=item_ids[mine],
            levels=levels[mine].astype(np.int64),
            distributions=distributions[mine],
        )
        for criterion, one, probabilities in zip(calibrator.criteria, applied, found, strict=True):
            probabilities.given[mine], probabilities.calibrated[mine] = one.given, one.calibrated
            if not criterion.unchanged:
                probabilities.by[mine] = np.where(one.is_cross_fitted, CROSS_FITTED, BY_ALL)
    return found


def _distributions(shares: Sequence[list[float] | None], rubric: RubricSpec) -> FloatArray:
    """(n, n_levels); nan where there are none."""
    nothing = [np.nan] * sum(len(criterion.levels) for criterion in rubric.criteria)
    rows = [nothing if one is None else one for one in shares]
    return np.array(rows, dtype=np.float64).reshape(-1, len(nothing))
