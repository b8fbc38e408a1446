"""Builds the demonstration step by step, saying what it does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from annotations.choices import BatchKind, Role
from annotations.models import Gold, Item, Project, SavedView, User
from annotations.rubrics import load_rubric
from annotations.services.guidelines import add_guideline_version
from annotations.services.imports import import_file
from annotations.services.projects import create_project
from annotations.services.saved_views import save_view
from annotations.simulation import AnnotatorProfile, SimulatedItem, simulate_items
from judge_platform.demo.accounts import ensure_accounts, ensure_simulated_people, join
from judge_platform.demo.disputing import rule_on_part
from judge_platform.demo.judging import ServedModel, ensure_judges, ensure_runs, wait_for_runs
from judge_platform.demo.ranking import RANKED, RankedSample, ensure_ranked
from judge_platform.demo.reviewing import review_first, review_shown
from judge_platform.demo.sample import SAMPLES, SampleProject
from models_llm.choices import Shape
from models_llm.datasets import Query
from models_llm.models import Calibration, Run
from models_llm.services.builds import request_dataset
from models_llm.services.calibrations import request_calibration

Say = Callable[[str], object]

GOLD_EVERY: Final = 5
VIEWS: Final = {"People differ": "people_differ=yes", "Judge and people differ": "judge_differs=yes"}
"""Filters of items that members find saved."""
FAULTY_LINES: Final = (
    b'{"id": "faulty-1", "context": {"interests": ["hiking"]}}\n',  # no candidate
    b'{"id": "faulty-2", "candidate": {"text": "cut sho\n',
)
"""Rows at the end of the first file that no import can take, so that a report of refused rows can be seen."""


def build_demo(
    *,
    password: str,
    served: ServedModel | None,
    say: Say,
    samples: Sequence[SampleProject] = SAMPLES,
    ranked: RankedSample | None = RANKED,
    finish: Callable[[Sequence[Run]], bool] = wait_for_runs,
) -> None:
    """Make what is missing of the demonstration; a worker must be running, which judges and exports.

    Args:
        password: of the visitor's accounts that do not exist yet.
        served: judges instead of the fitted baseline.
        samples: the projects to make.
        ranked: the project whose groups are ranked; None for none.
        finish: sees to it that the runs end, and says whether they did.
    """
    accounts = ensure_accounts(password)
    people = ensure_simulated_people()
    projects = {sample: _ensure_project(sample, accounts, people) for sample in samples}
    items = {sample: {item.row["id"]: item for item in _simulate(sample)} for sample in samples}
    for sample, project in projects.items():
        _ensure_items(project, sample, items[sample], accounts[Role.LEAD], say)
    if ranked is not None:
        ensure_ranked(ranked, accounts, people, say)
    by_lot: list[Run] = []
    others: list[Run] = []
    for sample, project in projects.items():
        n_made = review_first(project=project, sample=sample, items=items[sample], people=people)
        if n_made:
            say(f"{sample.slug}: simulated people made {n_made} annotations without seeing a judge")
        lot, *_ = ensure_judges(project, served)
        by_lot += ensure_runs(project, [lot], accounts[Role.LEAD])
    all_ended = finish(by_lot)
    for project in projects.values():
        _, *names = ensure_judges(project, served)
        others += ensure_runs(project, names, accounts[Role.LEAD])
    if not (finish(others) and all_ended):
        say("some runs still go on; their pages show how far they are")
    for sample, project in projects.items():
        n_made = review_shown(
            project=project, sample=sample, items=items[sample], people=people, lead=accounts[Role.LEAD]
        )
        if n_made:
            say(
                f"{sample.slug}: they made {n_made} more with verdicts shown by lot, {sample.n_left} items wait for you"
            )
        n_ruled = rule_on_part(project=project, items=items[sample], accounts=accounts)
        if n_ruled:
            say(f"{sample.slug}: the adjudicator ruled on {n_ruled} items, and leaves the others to you")
    for run in others + by_lot:
        if not Calibration.objects.filter(judge_version=run.judge_version).exists():
            request_calibration(version=run.judge_version, user=accounts[Role.LEAD])
    for project in projects.values():
        if not project.datasets.exists():
            request_dataset(project=project, query=Query(shape=Shape.JUDGED), user=accounts[Role.TRAINER])
            say(f"{project.slug}: asked for a data set of all judged items")


def _ensure_project(sample: SampleProject, accounts: dict[Role, User], people: dict[AnnotatorProfile, User]) -> Project:
    lead = accounts[Role.LEAD]
    project = Project.objects.filter(slug=sample.slug).first() or create_project(
        slug=sample.slug,
        name=f"{sample.name} (simulated)",
        kind=sample.kind,
        rubric=load_rubric(sample.rubric),
        created_by=lead,
        description=sample.description,
        overlap=sample.overlap,
        is_simulated=True,
    )
    add_guideline_version(project=project, text=sample.guidelines, created_by=lead)
    join(project, accounts, people)
    for name, query in VIEWS.items():
        if not SavedView.objects.filter(project=project, owner=lead, name=name).exists():
            save_view(project=project, owner=lead, name=name, query=query, is_shared=True)
    return project


def _simulate(sample: SampleProject) -> list[SimulatedItem]:
    return list(simulate_items(sample.kind, sample.n_items, np.random.default_rng(sample.seed)))


def _ensure_items(
    project: Project, sample: SampleProject, items: dict[str, SimulatedItem], lead: User, say: Say
) -> None:
    if Gold.objects.filter(item__project=project).exists():
        return  # the last thing that is imported
    gold = [{"item": key, "levels": item.levels} for key, item in items.items()][::GOLD_EVERY]
    faulty = FAULTY_LINES if sample.slug == SAMPLES[0].slug else ()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{sample.slug}.jsonl"
        file.write_bytes(_jsonl(item.row for item in items.values()) + b"".join(faulty))
        batch = import_file(project=project, path=file, producer="simulated generator", round_number=1, created_by=lead)
        gold_file = Path(folder) / f"{sample.slug}-truth.jsonl"
        gold_file.write_bytes(_jsonl(gold))
        import_file(project=project, path=gold_file, kind=BatchKind.GOLD, created_by=lead)
    refused = f", {batch.n_refused} faulty rows refused" if batch.n_refused else ""
    say(f"{sample.slug}: imported {Item.objects.filter(project=project).count()} items{refused}")


def _jsonl(rows: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)
