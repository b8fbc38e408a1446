from __future__ import annotations

import pytest

from annotations.choices import Role
from annotations.models import Project
from judge_platform.demo import ServedModel
from judge_platform.demo.judging import BY_LOT, ensure_judges, ensure_runs
from models_llm.models import JudgeVersion, Run
from tests.factories import make_items, make_member, make_project
from tests.models_llm.services.judged_projects import prepared

pytestmark = pytest.mark.django_db

SERVED = ServedModel(url="http://127.0.0.1:8001", model="some/model")


@pytest.fixture
def project() -> Project:
    project = make_project()
    make_items(project, 5)
    return project


def test_a_served_model_judges_in_the_place_of_the_baseline(project: Project) -> None:
    assert ensure_judges(project, SERVED) == [BY_LOT, "served (some/model)"]
    version = JudgeVersion.objects.get(judge__name="served (some/model)")
    assert (version.engine, version.model) == ("openai_http", "some/model")
    assert version.config["engine"] == {"url": "http://127.0.0.1:8001"}
    assert not JudgeVersion.objects.filter(judge__kind="baseline").exists()


def test_asking_again_makes_no_second_version_and_no_second_run(project: Project) -> None:
    lead = make_member(project, Role.LEAD)
    for _ in range(2):
        runs = ensure_runs(project, ensure_judges(project, SERVED), lead)
    assert JudgeVersion.objects.count() == 2
    assert [run.pk for run in runs] == sorted(Run.objects.values_list("pk", flat=True))
    assert {prepared(run).n_items for run in runs} == {5}
