"""The demonstration in small, in the database of the tests and without a worker: every page has something to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from annotations.choices import ProjectKind, Role
from annotations.models import Project
from annotations.rubrics import load_rubric
from annotations.services.projects import change_policy, create_project
from annotations.services.queue import claim_item, submit_annotation
from annotations.services.raters import rater_of
from judge_platform.demo import RANKED, ROLES, SAMPLES, build_demo
from models_llm.models import Calibration, Dataset, Run
from models_llm.services.builds import build_dataset
from models_llm.services.calibrations import fit_calibration
from models_llm.services.recorded import adopt_recorded_judges
from tests.models_llm.services.judged_projects import work_off

EMPTY: Final = "nothing-yet"
"""Slug of a project that has members and nothing else."""

PASSWORD: Final = "correct horse"
"""Of the account of each role, as of users of `tests.factories`."""

SMALL: Final = tuple(replace(sample, n_items=60, n_reviewed=36, n_shown=10, n_left=12) for sample in SAMPLES)
FEW_RANKED: Final = replace(RANKED, n_ranked=6, n_left=6)


def build_small_shop() -> None:
    build_demo(
        password=PASSWORD, served=None, say=lambda line: None, samples=SMALL, ranked=FEW_RANKED, finish=_judge_here
    )
    adopt_recorded_judges()
    for calibration in Calibration.objects.all():
        fit_calibration(calibration_id=calibration.pk)
    for dataset in Dataset.objects.all():
        build_dataset(dataset_id=dataset.pk)
    for slug in (sample.slug for sample in SMALL):
        project = Project.objects.get(slug=slug)
        _reveal_all(project)
        _review_a_little(project)
    shop = Project.objects.get(slug=SMALL[0].slug)
    lead = shop.memberships.get(user__username=Role.LEAD).user
    empty = create_project(
        slug=EMPTY, name="Nothing yet", kind=ProjectKind.TAG, rubric=load_rubric("tag"), created_by=lead
    )
    for membership in shop.memberships.filter(user__username__in=ROLES).exclude(user=lead):
        empty.memberships.create(user=membership.user, role=membership.role)


def _reveal_all(project: Project) -> None:
    """What a visitor of the review page sees does not hang on lots."""
    settings = replace(
        project.current_policy().settings(),
        blind_share=0.0, reveal_share=1.0, assist_share=0.0, challenge_share=0.0, gold_share=0.0,
    )  # fmt: skip
    change_policy(project=project, settings=settings)


def _review_a_little(project: Project) -> None:
    """Some work of the visitor's own, for the pages that show it."""
    rubric = project.current_rubric()
    rater = rater_of(project=project, user=project.memberships.get(user__username=Role.ANNOTATOR).user)
    for _ in range(2):
        turn = claim_item(project=project, rater=rater)
        assert turn is not None
        submit_annotation(assignment=turn, rubric=rubric, levels=(0,) * len(rubric.spec().criteria), seconds=7.0)


def _judge_here(runs: Sequence[Run]) -> bool:
    for run in runs:
        work_off(run)
    return True
