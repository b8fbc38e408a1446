from __future__ import annotations

import pytest
from django.test import Client

from annotations.choices import Role
from annotations.models import Project
from annotations.services.tokens import create_token
from models_llm.choices import JudgeKind
from models_llm.models import Fit
from tests.factories import make_member
from tests.models_llm.services.judged_projects import project_with_items, scripted_version

pytestmark = pytest.mark.django_db

ASKED = {
    "name": "distilled", "base": "some/model", "revision": "main", "teacher": "", "teacher_weight": "0.5",
    "objective": "pairs", "epochs": "2", "learning_rate": "0.0001", "batch_texts": "8", "max_tokens": "256",
    "held_out_share": "0.3", "seed": "5",
}  # fmt: skip


def lead(project: Project) -> Client:
    client = Client()
    client.force_login(make_member(project, Role.LEAD))
    return client


def test_the_page_asks_for_a_fit_with_all_that_was_chosen() -> None:
    project = project_with_items(1)
    teacher = scripted_version(project)
    page = f"/p/{project.slug}/judges/train/"
    answer = lead(project).post(page, ASKED | {"teacher": str(teacher.pk)})
    assert answer.status_code == 302
    fit = Fit.objects.get()
    assert (fit.kind, fit.name, fit.seed, fit.held_out_share) == (JudgeKind.REWARD_MODEL, "distilled", 5, 0.3)
    assert fit.params == {
        "base": "some/model", "revision": "main", "teacher_id": teacher.pk, "teacher_weight": 0.5,
        "objective": "pairs", "epochs": 2, "learning_rate": 0.0001, "batch_texts": 8, "max_tokens": 256,
    }  # fmt: skip


def test_a_bad_value_is_shown_beside_its_field_and_nothing_is_asked_for() -> None:
    project = project_with_items(1)
    answer = lead(project).post(f"/p/{project.slug}/judges/train/", ASKED | {"epochs": "0"})
    assert answer.status_code == 422
    assert "greater than or equal to 1" in answer.text
    assert not Fit.objects.exists()


def test_a_teacher_of_another_project_cannot_be_chosen() -> None:
    project, other = project_with_items(1), scripted_version(project_with_items(1))
    answer = lead(project).post(f"/p/{project.slug}/judges/train/", ASKED | {"teacher": str(other.pk)})
    assert answer.status_code == 422
    assert not Fit.objects.exists()


def test_the_api_asks_for_the_same() -> None:
    project = project_with_items(1)
    _, text = create_token(user=make_member(project, Role.LEAD), name="t")
    answer = Client().post(
        f"/api/v1/projects/{project.slug}/reward-models/",
        {"name": "distilled", "base": "some/model"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {text}"},
    )
    assert answer.status_code == 202
    assert answer.json()["id"] == Fit.objects.get().pk
    assert answer.json()["params"]["objective"] == "listwise"
