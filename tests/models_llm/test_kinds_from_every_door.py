"""Every kind of judge, made and run from the page, the API and the command, by lot and on a real model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from annotations.choices import Outcome
from annotations.models import Project
from annotations.rubrics import load_rubric
from models_llm.choices import JudgeKind, RunState
from models_llm.engines import close_engines
from models_llm.judging import KINDS
from models_llm.models import Run, Verdict
from tests.factories import make_batch, make_items, make_project
from tests.models_llm.doors import DOORS, Door
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.services.judged_projects import work_off
from tests.real_models import tiny_model_folder

pytestmark = pytest.mark.django_db
N_ITEMS = 4
WEIGHS = {JudgeKind.PER_CRITERION, JudgeKind.SENIOR_REVIEWER, JudgeKind.PAIRWISE}


def scripted() -> dict[str, Any]:
    return {"engine": "scripted", "model": "lot", "engine_settings": {}}


def tiny() -> dict[str, Any]:
    return {
        "engine": "transformers_local",
        "model": str(tiny_model_folder()),
        "engine_settings": {"dtype": "float32"},
    }


def project_for(kind: JudgeKind) -> Project:
    """Items in groups of two, or pairs for a judge of pairs."""
    is_pairs = kind is JudgeKind.PAIRWISE
    project = make_project(spec=load_rubric("preference") if is_pairs else tag_rubric())
    batch = make_batch(project)
    for number in range(N_ITEMS):
        make_items(
            project,
            1,
            batch,
            context={"about": number // 2},
            candidates=[f"one {number}", f"other {number}"] if is_pairs else [f"one {number}"],
            group=None if is_pairs else f"g{number // 2}",
        )
    return project


@pytest.fixture(scope="module", autouse=True)
def engines_closed_afterwards() -> Iterator[None]:
    yield
    close_engines()


@pytest.mark.parametrize("engine", [scripted, tiny])
@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_judge_of_every_kind_comes_to_an_outcome_for_every_item(
    kind: JudgeKind, door: Door, engine: Callable[[], dict[str, Any]]
) -> None:
    project = project_for(kind)
    asking = {**engine(), "sampling": {"max_tokens": 60}}
    if KINDS[kind].has_members:
        for name, member in {"one": JudgeKind.POINTWISE, "two": JudgeKind.PER_CRITERION}.items():
            door.make(project, name, {"kind": member.value, **asking})
        door.make(project, "mine", {"kind": kind.value, "members": ["one v1", "two v1"]})
    else:
        door.make(project, "mine", {"kind": kind.value, **asking})
    door.run(project, "mine")
    run = Run.objects.get()
    assert work_off(run) == N_ITEMS
    run.refresh_from_db()
    assert run.state == RunState.COMPLETE
    verdicts = Verdict.objects.filter(run=run).select_related("judgement")
    assert len({verdict.judgement.item_id for verdict in verdicts}) == N_ITEMS
    assert all(verdict.calls and verdict.prompt_tokens for verdict in verdicts)
    if kind in WEIGHS or engine is scripted:
        assert {verdict.judgement.outcome for verdict in verdicts} == {Outcome.RATED}
    if kind in WEIGHS:
        assert all(verdict.masses and verdict.masses[0] for verdict in verdicts)
