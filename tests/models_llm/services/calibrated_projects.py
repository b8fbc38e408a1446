"""Projects whose judge gives probabilities, and their calibrations."""

from __future__ import annotations

import numpy as np

from annotations.choices import Visible, WorkState
from annotations.models import Project, Rater
from annotations.services.judgements import NewJudgement, record_judgements
from models_llm.models import Calibration, JudgeVersion
from models_llm.services.calibrations import fit_calibration, request_calibration
from tests.factories import make_items, make_project, make_rater, rubric_spec
from tests.models_llm.services.judged_projects import scripted_version


def judged_project(n: int, *, seed: int = 0) -> tuple[Project, JudgeVersion]:
    """A project of one criterion whose judge says .9 or .1 and is right in three of four."""
    project = make_project(spec=rubric_spec(1))
    version = scripted_version(project)
    items = make_items(project, n)
    rng = np.random.default_rng(seed)
    passes = rng.random(n) < 0.5
    wrong = rng.random(n) < 0.25
    people = [NewJudgement(item_id=item.pk, levels=(int(not yes),)) for item, yes in zip(items, passes, strict=True)]
    said = [
        NewJudgement(
            item_id=item.pk,
            levels=(int(yes == off),),
            distributions=(0.1, 0.9) if yes == off else (0.9, 0.1),
        )
        for item, yes, off in zip(items, passes, wrong, strict=True)
    ]
    rate(make_rater(project), people)
    rate(version.rater, said)
    return project, version


def rate(rater: Rater, judgements: list[NewJudgement], visible: Visible = Visible.BLIND) -> None:
    record_judgements(
        rater=rater, rubric=rater.project.current_rubric(), judgements=judgements, visible=visible, existing="refuse"
    )


def fitted(version: JudgeVersion) -> Calibration:
    calibration = request_calibration(version=version, user=None)
    assert fit_calibration(calibration_id=calibration.pk)
    calibration.refresh_from_db()
    assert (calibration.state, calibration.error) == (WorkState.READY, "")
    return calibration
