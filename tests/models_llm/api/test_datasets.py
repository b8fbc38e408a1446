"""Data sets over the API."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from annotations.choices import Role, WorkState
from annotations.models import Project
from models_llm.models import Dataset
from models_llm.services.builds import build_dataset
from tests.factories import judge_item, make_items, make_member, make_project, make_rater, make_user

pytestmark = pytest.mark.django_db
API = "/api/v1/projects/tags/datasets/"


@pytest.fixture
def project(tmp_path: Path, settings: Settings) -> Project:
    settings.EXPORT_ROOT = tmp_path
    project = make_project(slug="tags")
    for item in make_items(project, 2, slices={"lang": "en"}):
        judge_item(make_rater(project), item, (0, 0))
    return project


def post(client: Client, body: dict[str, Any]) -> Any:
    return client.post(API, body, content_type="application/json")


def test_a_data_set_is_asked_for_waited_for_and_downloaded(client: Client, project: Project) -> None:
    client.force_login(make_member(project, Role.TRAINER))

    asked = post(client, {"shape": "judged", "slices": {"lang": "en"}})
    assert asked.status_code == 202
    address = f"{API}{asked.json()['id']}/"
    assert client.get(address).json()["state"] == "waiting"
    assert client.get(f"{address}download/").status_code == 409
    build_dataset(dataset_id=asked.json()["id"])

    found = client.get(address).json()
    assert (found["state"], found["n_rows"], found["manifest"]["counts"]["items"]) == ("ready", 2, 2)
    with zipfile.ZipFile(io.BytesIO(client.get(f"{address}download/").getvalue())) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 3
    assert [row["id"] for row in client.get(API).json()] == [found["id"]]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"shape": "prm"}, "is not a valid choice"),
        ({"shape": "sft", "labels": "judge"}, "need a judge"),
        ({"shape": "judged", "judge": "nobody"}, "got “nobody”"),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused_with_the_reason(
    client: Client, project: Project, body: dict[str, Any], words: str
) -> None:
    client.force_login(make_member(project, Role.LEAD))

    response = post(client, body)

    assert response.status_code == 400
    assert words in response.content.decode()
    assert not Dataset.objects.exists()


@pytest.mark.parametrize(("role", "status"), [(Role.ANNOTATOR, 403), (Role.ADJUDICATOR, 403), (None, 404)])
def test_who_may_not_export_finds_a_closed_door(
    client: Client, project: Project, role: Role | None, status: int
) -> None:
    dataset = Dataset.objects.create(project=project, shape="judged", format="parquet", state=WorkState.READY)
    client.force_login(make_user() if role is None else make_member(project, role))

    addresses = [API, f"{API}{dataset.pk}/", f"{API}{dataset.pk}/download/"]
    assert [client.get(address).status_code for address in addresses] == [status] * 3
    assert post(client, {"shape": "judged"}).status_code == status
    assert Dataset.objects.count() == 1
