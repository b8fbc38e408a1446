"""The page, the API and the command, each with the same to say."""

from __future__ import annotations

from io import StringIO
from typing import Any, Final, Protocol

from django.core.management import call_command

from annotations.choices import WorkState
from annotations.models import Project
from models_llm.models import Fit, JudgeVersion
from models_llm.services.fits import fit_judge
from tests.models_llm.api.test_judging import Caller
from tests.models_llm.views.test_new_judge import fields_of
from tests.models_llm.views.test_pages import signed_in

BASELINE: Final = {"seed": 4, "held_out_share": 0.3}


class Door(Protocol):
    """Makes a judge by its description or fits one, as a worker would, and starts a run of it."""

    def make(self, project: Project, name: str, document: dict[str, Any]) -> None: ...

    def fit(self, project: Project, name: str) -> None: ...

    def train(self, project: Project, name: str, params: dict[str, Any]) -> None: ...

    def run(self, project: Project, name: str) -> None: ...


class ByPage:
    def make(self, project: Project, name: str, document: dict[str, Any]) -> None:
        client = signed_in(project)
        url = f"/p/{project.slug}/judges/new/?kind={document['kind']}"
        sent = fields_of(client.get(url).text) | {"name": name}
        for setting, value in document.get("protocol", {}).items():
            sent[f"protocol_{setting}"] = "on" if value is True else value
        if "examples" in document:
            sent |= {"examples": "drawn", "examples_n": document["examples"]["n"]}
        if "members" in document:
            sent["members"] = document["members"]
        else:
            settings = "\n".join(f"{key}: {value}" for key, value in document["engine_settings"].items())
            sent |= {"engine": document["engine"], "model": document["model"], "engine_settings": settings}
            sent["sampling_max_tokens"] = document["sampling"]["max_tokens"]
        answer = client.post(url, sent)
        assert answer.status_code == 302, answer.text

    def fit(self, project: Project, name: str) -> None:
        answer = signed_in(project).post(f"/p/{project.slug}/judges/fit/", {**BASELINE, "name": name})
        assert answer.status_code == 302, answer.text
        fit_as_a_worker()

    def train(self, project: Project, name: str, params: dict[str, Any]) -> None:
        client, url = signed_in(project), f"/p/{project.slug}/judges/train/"
        answer = client.post(url, fields_of(client.get(url).text) | params | {"name": name})
        assert answer.status_code == 302, answer.text
        fit_as_a_worker()

    def run(self, project: Project, name: str) -> None:
        sent = {"version": version_of(project, name).pk, "which": "missing", "seed": 0}
        answer = signed_in(project).post(f"/p/{project.slug}/runs/start/", sent)
        assert answer.status_code == 302, answer.text


class ByAPI:
    def make(self, project: Project, name: str, document: dict[str, Any]) -> None:
        status, answer = Caller(project).post("judges/", {"name": name, **document})
        assert status == 201, answer

    def fit(self, project: Project, name: str) -> None:
        status, answer = Caller(project).post("judges/", {"kind": "baseline", "name": name, **BASELINE})
        assert status == 202, answer
        fit_as_a_worker()

    def train(self, project: Project, name: str, params: dict[str, Any]) -> None:
        status, answer = Caller(project).post("reward-models/", {"name": name, **params})
        assert status == 202, answer
        fit_as_a_worker()

    def run(self, project: Project, name: str) -> None:
        status, answer = Caller(project).post("runs/", {"judge_version_id": version_of(project, name).pk})
        assert status == 201, answer


class ByCommand:
    def make(self, project: Project, name: str, document: dict[str, Any]) -> None:
        parts = {part: document.get(part, {}) for part in ("engine_settings", "sampling", "protocol")}
        call_command(
            "create_judge",
            project=project.slug,
            name=name,
            kind=document["kind"],
            engine=document.get("engine"),
            model=document.get("model"),
            member=document.get("members"),
            examples=document.get("examples", {}).get("n"),
            set=[f"{part}.{key}={value}" for part, values in parts.items() for key, value in values.items()],
        )

    def fit(self, project: Project, name: str) -> None:
        call_command("fit_baseline", project=project.slug, name=name, seed=BASELINE["seed"], stdout=StringIO())

    def train(self, project: Project, name: str, params: dict[str, Any]) -> None:
        call_command("fit_reward_model", project=project.slug, name=name, **params, stdout=StringIO())

    def run(self, project: Project, name: str) -> None:
        call_command("run_judge", project=project.slug, judge=name)


DOORS: dict[str, Door] = {"page": ByPage(), "API": ByAPI(), "command": ByCommand()}


def version_of(project: Project, name: str) -> JudgeVersion:
    return JudgeVersion.objects.get(judge__project=project, judge__name=name)


def fit_as_a_worker() -> None:
    fit = Fit.objects.latest("pk")
    fit_judge(fit_id=fit.pk)
    fit.refresh_from_db()
    assert fit.state == WorkState.READY, fit.error
