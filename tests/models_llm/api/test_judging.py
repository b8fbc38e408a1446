"""Judges and runs over the API."""

from __future__ import annotations

import pytest
from django.test import Client

from annotations.choices import Role
from annotations.models import Project
from annotations.services.tokens import create_token
from models_llm.choices import RunState
from models_llm.models import Fit, JudgeVersion, Run
from models_llm.services.fits import fit_judge, request_fit
from tests.factories import make_member, make_user
from tests.models_llm.services.judged_projects import (
    project_with_items,
    reviewed_project,
    scripted_version,
    started_run,
    work_off,
)

pytestmark = pytest.mark.django_db


class Caller:
    """A client with a token of its own that speaks JSON."""

    def __init__(self, project: Project, role: Role | None = Role.LEAD) -> None:
        user = make_user() if role is None else make_member(project, role)
        _, token = create_token(user=user, name="test")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._root = f"/api/v1/projects/{project.slug}/"
        self._client = Client()

    def get(self, path: str) -> tuple[int, object]:
        answer = self._client.get(self._root + path, headers=self._headers)
        return answer.status_code, answer.json()

    def patch(self, path: str, body: object) -> tuple[int, dict[str, object]]:
        answer = self._client.patch(self._root + path, body, content_type="application/json", headers=self._headers)
        return answer.status_code, answer.json()

    def post(self, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        answer = self._client.post(
            self._root + path, body or {}, content_type="application/json", headers=self._headers
        )
        return answer.status_code, answer.json()


def test_a_baseline_is_fitted_and_run_to_its_end() -> None:
    project, _ = reviewed_project(60, n_rated=40)
    caller = Caller(project, Role.TRAINER)
    status, fit = caller.post("judges/", {"kind": "baseline", "name": "floor"})
    assert (status, fit["state"], fit["version_id"]) == (202, "waiting", None)
    fit_judge(fit_id=Fit.objects.get().pk)
    _, fitted = caller.get(f"fits/{fit['id']}/")
    assert isinstance(fitted, dict)
    assert fitted["state"] == "ready"
    _, judge = caller.get(f"judges/{fitted['version_id']}/")
    assert isinstance(judge, dict)
    assert (judge["rater"], judge["evaluation"] is not None) == ("floor v1", True)
    status, run = caller.post("runs/", {"judge_version_id": judge["id"], "limit": 10})
    assert (status, run["state"]) == (201, "preparing")
    work_off(Run.objects.get())
    status, ended = caller.get(f"runs/{run['id']}/")
    assert isinstance(ended, dict)
    assert (status, ended["state"], ended["n_done"], ended["outcomes"]["rated"]) == (200, "complete", 10, 10)
    assert caller.get("judges/")[1][0]["id"] == judge["id"]  # type: ignore[index]
    assert caller.get("runs/")[1][0]["outcomes"]["rated"] == 10  # type: ignore[index]
    assert caller.get(f"judges/{judge['id']}/")[1]["config"]["seed"] == 0  # type: ignore[index]


SERVED = {"kind": "pointwise", "name": "s", "engine": "openai_http", "model": "m"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "url"),
        ({"engine_settings": {"url": "gpu:1"}}, "http"),
        ({"model": "", "engine_settings": {"url": "http://gpu:1"}}, "model"),
        ({"kind": "oracle"}, "oracle"),
        ({"engine": "abacus"}, "abacus"),
        ({"engine_settings": {"url": "http://gpu:1", "speed": 9}}, "has no setting speed"),
        ({"sampling": {"temperature": "hot"}}, "expected a number"),
        ({"sampling": {"temperature": 9}}, "a temperature of 0 to 2"),
        ({"sampling": {"seed": -1}}, "seed of at least 0"),
        ({"template": {"system": "Judge."}}, "expected system and user"),
        (
            {"engine": "scripted", "template": {"system": "Judge $rubric", "user": "$item"}},
            "expected exactly the places $examples, $rubric, $shape",
        ),
        ({"protocol": {"politeness": 1}}, "has no setting politeness"),
        ({"examples": {"n": 3}}, "there are 0"),
        ({"examples": {"n": 99}}, "from 0 to 8"),
        ({"members": ["s v1"]}, "such as “judge v1”"),
        ({"kind": "jury", "engine": "openai_http"}, "members and no engine"),
        ({"rubrik": 1}, "rubrik"),
    ],
)
def test_what_makes_no_judge_is_refused_with_the_reason(change: dict[str, object], said: str) -> None:
    caller = Caller(project_with_items(0))
    status, answer = caller.post("judges/", SERVED | change)
    assert (status, JudgeVersion.objects.count()) == (400, 0)
    assert said in str(answer)


def test_a_judge_is_made_as_it_is_described() -> None:
    caller = Caller(project_with_items(0), Role.TRAINER)
    status, made = caller.post(
        "judges/",
        {
            "kind": "per_criterion",
            "name": "letters",
            "engine": "scripted",
            "engine_settings": {"faults": {"failed": 0.5}},
            "sampling": {"temperature": 0.5, "seed": 7},
            "protocol": {"rationales": True},
        },
    )
    assert (status, made["rater"], made["kind"], made["engine"]) == (201, "letters v1", "per_criterion", "scripted")
    config = made["config"]
    assert isinstance(config, dict)
    assert config["engine"] == {"faults": {"failed": 0.5}}
    assert (config["sampling"]["temperature"], config["sampling"]["seed"]) == (0.5, 7)
    assert config["protocol"]["rationales"] is True


def test_whoever_may_not_run_judges_makes_none() -> None:
    project = project_with_items(0)
    asked = SERVED | {"engine": "scripted"}
    for role, expected in ((Role.ADJUDICATOR, 403), (Role.ANNOTATOR, 403), (None, 404)):
        assert Caller(project, role).post("judges/", asked)[0] == expected
    assert JudgeVersion.objects.count() == 0


def test_a_run_is_paused_resumed_cancelled_and_a_wrong_change_is_409() -> None:
    project = project_with_items(3)
    run = started_run(version=scripted_version(project))
    caller = Caller(project)
    assert caller.post(f"runs/{run.pk}/pause/")[1]["state"] == "paused"
    assert caller.post(f"runs/{run.pk}/resume/")[1]["state"] == "running"
    assert caller.post(f"runs/{run.pk}/cancel/")[1]["state"] == "cancelled"
    status, answer = caller.post(f"runs/{run.pk}/resume/")
    assert (status, answer["code"]) == (409, "run_state")
    assert caller.post(f"runs/{run.pk}/explode/")[0] == 404
    assert Run.objects.get().state == RunState.CANCELLED


def test_failed_items_are_retried() -> None:
    project = project_with_items(5)
    run = started_run(version=scripted_version(project, faults={"failed": 1.0}))
    work_off(run)
    status, answer = Caller(project).post(f"runs/{run.pk}/retry/")
    assert (status, answer["state"]) == (200, "running")
    assert work_off(run) == 5
    assert Caller(project).post(f"runs/{run.pk}/retry/", {"outcomes": ["rated"]})[0] == 400


@pytest.mark.parametrize(
    ("role", "read", "write"), [(Role.ADJUDICATOR, 200, 403), (Role.ANNOTATOR, 403, 403), (None, 404, 404)]
)
def test_who_may_not(role: Role | None, read: int, write: int) -> None:
    project = project_with_items(1)
    run = started_run(version=scripted_version(project))
    fit = request_fit(project=project, name="floor", seed=0, held_out_share=0.3, user=None)
    caller = Caller(project, role)
    paths = ["judges/", f"judges/{run.judge_version_id}/", f"fits/{fit.pk}/", "runs/", f"runs/{run.pk}/"]
    assert [caller.get(path)[0] for path in paths] == [read] * 5
    assert [caller.post(path)[0] for path in ("judges/", "runs/", f"runs/{run.pk}/pause/")] == [write] * 3
    assert Run.objects.get().state == RunState.RUNNING


def test_a_judge_of_another_project_is_404() -> None:
    theirs = scripted_version(project_with_items(1))
    caller = Caller(project_with_items(1))
    fit = request_fit(project=theirs.judge.project, name="floor", seed=0, held_out_share=0.3, user=None)
    assert caller.get(f"judges/{theirs.pk}/")[0] == 404
    assert caller.get(f"fits/{fit.pk}/")[0] == 404
    assert caller.post("runs/", {"judge_version_id": theirs.pk})[0] == 404
    assert Run.objects.count() == 0
