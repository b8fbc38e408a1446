"""Runs at scale over the API."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.models import Judgement
from models_llm.models import Run
from tests.factories import make_items
from tests.models_llm.api.test_judging import Caller
from tests.models_llm.services.judged_projects import (
    prepared,
    project_with_items,
    scripted_version,
    started_run,
    work_off,
)

pytestmark = pytest.mark.django_db


def read(caller: Caller, path: str) -> Any:
    status, answer = caller.get(path)
    assert status == 200
    return answer


def test_a_run_of_a_slice_is_counted_and_started_with_limits() -> None:
    project = project_with_items(2)
    make_items(project, 3, slices={"category": "shoes"})
    caller = Caller(project)
    asked = {"judge_version_id": scripted_version(project).pk, "slices": {"category": "shoes"}}
    assert caller.post("runs/count/", asked) == (200, {"n_items": 3})
    status, run = caller.post("runs/", {**asked, "priority": 4, "most_cost": 1.5, "limit": 2})
    assert (status, run["state"], run["n_items"], run["prepared_at"]) == (201, "preparing", None, None)
    assert (run["priority"], run["most_cost"], run["most_tokens"]) == (4, 1.5, None)
    prepared(Run.objects.get())
    run = read(caller, f"runs/{run['id']}/")
    assert (run["state"], run["n_items"], run["n_prepared"]) == ("running", 2, 2)


def test_a_trial_ends_with_a_forecast_and_goes_on_with_the_rest() -> None:
    project = project_with_items(30)
    caller = Caller(project)
    _, trial = caller.post("runs/", {"judge_version_id": scripted_version(project).pk, "trial": True})
    assert trial["forecast"] is None
    work_off(Run.objects.get())
    detail = read(caller, f"runs/{trial['id']}/")
    ahead = detail["forecast"]
    assert detail["n_items"] == 20
    assert (ahead["n"], ahead["n_rest"], ahead["cost"]) == (20, 10, None)
    assert ahead["tokens"]["low"] <= ahead["tokens"]["expected"] <= ahead["tokens"]["high"]
    status, rest = caller.post(f"runs/{trial['id']}/continue/")
    assert (status, rest["state"]) == (200, "preparing")
    assert prepared(Run.objects.latest("pk")).n_items == 10
    assert caller.post(f"runs/{rest['id']}/continue/")[0] == 409


def test_what_a_run_used_is_in_its_detail() -> None:
    project = project_with_items(4)
    run = started_run(version=scripted_version(project))
    work_off(run)
    run.shards.update(prompt_tokens=100, cached_tokens=25, completion_tokens=10, cost=2.0)
    detail = read(Caller(project), f"runs/{run.pk}/")
    assert detail["metering"] | {"queue_s": 0, "engine_s": 0} == {
        "n_verdicts": 4, "n_copied": 0, "prompt_tokens": 100, "cached_tokens": 25, "cached_share": 0.25,
        "completion_tokens": 10, "queue_s": 0, "engine_s": 0, "gpu_s": 0.0, "cost": 2.0,
    }  # fmt: skip
    assert detail["cost"] == 2.0
    assert detail["tokens_per_s"] > 0


def test_limits_are_changed_one_by_one() -> None:
    project = project_with_items(1)
    run = started_run(version=scripted_version(project))
    caller = Caller(project)
    assert caller.patch(f"runs/{run.pk}/", {"most_tokens": 500})[1]["most_tokens"] == 500
    changed = caller.patch(f"runs/{run.pk}/", {"priority": 7})[1]
    assert (changed["priority"], changed["most_tokens"]) == (7, 500)
    assert caller.patch(f"runs/{run.pk}/", {"most_tokens": None})[1]["most_tokens"] is None
    assert caller.patch(f"runs/{run.pk}/", {"most_tokens": 0})[0] == 400


def test_verdicts_without_ratings_are_read_page_by_page_and_one_is_retried() -> None:
    project = project_with_items(30)
    run = started_run(version=scripted_version(project, faults={"garbage": 1.0}))
    work_off(run)
    caller = Caller(project)
    first = read(caller, f"runs/{run.pk}/unrated/")
    second = read(caller, f"runs/{run.pk}/unrated/?before={first['before']}")
    seen = [verdict["judgement_id"] for verdict in first["verdicts"] + second["verdicts"]]
    assert seen == list(Judgement.objects.order_by("-pk").values_list("pk", flat=True))
    assert second["before"] is None
    assert first["verdicts"][0]["calls"][0]["text"] == "lorem {ipsum: dolor"
    assert read(caller, f"runs/{run.pk}/unrated/?outcome=failed")["verdicts"] == []
    item_id = first["verdicts"][0]["item_id"]
    assert caller.post(f"runs/{run.pk}/retry/", {"outcomes": ["unparsed"], "item_ids": [item_id]})[0] == 200
    assert work_off(run) == 1
