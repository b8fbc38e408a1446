"""Every kind of judge, made and run from the page, the API and the command, by lot and on a real model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from django.core.management import call_command

from annotations.choices import Outcome
from annotations.models import Project
from annotations.rubrics import load_rubric
from models_llm.choices import JudgeKind, RunState
from models_llm.engines import close_engines
from models_llm.judging import KINDS
from models_llm.models import JudgeVersion, Run, Verdict
from tests.factories import make_batch, make_items, make_project
from tests.models_llm.api.test_judging import Caller
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.services.judged_projects import work_off
from tests.models_llm.views.test_new_judge import fields_of
from tests.models_llm.views.test_pages import signed_in
from tests.real_models import tiny_model_folder

pytestmark = pytest.mark.django_db
N_ITEMS = 4
WEIGHS = {JudgeKind.PER_CRITERION, JudgeKind.SENIOR_REVIEWER, JudgeKind.PAIRWISE}


class Door(Protocol):
    """Makes a judge by its description, and starts a run of it."""

    def make(self, project: Project, name: str, document: dict[str, Any]) -> None: ...

    def run(self, project: Project, name: str) -> None: ...


class ByPage:
    def make(self, project: Project, name: str, document: dict[str, Any]) -> None:
        client = signed_in(project)
        url = f"/p/{project.slug}/judges/new/?kind={document['kind']}"
        sent = fields_of(client.get(url).text) | {"name": name}
        if "members" in document:
            sent["members"] = document["members"]
        else:
            settings = "\n".join(f"{key}: {value}" for key, value in document["engine_settings"].items())
            sent |= {"engine": document["engine"], "model": document["model"], "engine_settings": settings}
            sent["sampling_max_tokens"] = document["sampling"]["max_tokens"]
        answer = client.post(url, sent)
        assert answer.status_code == 302, answer.text

    def run(self, project: Project, name: str) -> None:
        sent = {"version": version_of(project, name).pk, "which": "missing", "seed": 0}
        answer = signed_in(project).post(f"/p/{project.slug}/runs/start/", sent)
        assert answer.status_code == 302, answer.text


class ByAPI:
    def make(self, project: Project, name: str, document: dict[str, Any]) -> None:
        status, answer = Caller(project).post("judges/", {"name": name, **document})
        assert status == 201, answer

    def run(self, project: Project, name: str) -> None:
        status, answer = Caller(project).post("runs/", {"judge_version_id": version_of(project, name).pk})
        assert status == 201, answer


class ByCommand:
    def make(self, project: Project, name: str, document: dict[str, Any]) -> None:
        parts = {part: document.get(part, {}) for part in ("engine_settings", "sampling")}
        call_command(
            "create_judge",
            project=project.slug,
            name=name,
            kind=document["kind"],
            engine=document.get("engine"),
            model=document.get("model"),
            member=document.get("members"),
            set=[f"{part}.{key}={value}" for part, values in parts.items() for key, value in values.items()],
        )

    def run(self, project: Project, name: str) -> None:
        call_command("run_judge", project=project.slug, judge=name)


DOORS: dict[str, Door] = {"page": ByPage(), "API": ByAPI(), "command": ByCommand()}


def version_of(project: Project, name: str) -> JudgeVersion:
    return JudgeVersion.objects.get(judge__project=project, judge__name=name)


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
