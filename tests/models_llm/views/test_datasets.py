"""Pages of data sets: who may see them, what they say, and what they give."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from annotations.choices import RaterKind, Role, WorkState
from annotations.models import Project
from models_llm.choices import Shape
from models_llm.datasets import Query
from models_llm.models import Dataset
from models_llm.selectors.exports import folder_of
from models_llm.services.builds import build_dataset, request_dataset
from tests.factories import judge_item, make_items, make_member, make_project, make_rater, make_user

pytestmark = pytest.mark.django_db
NASTY = "<script>alert(1)</script>"
MAY = (Role.LEAD, Role.TRAINER)
MAY_NOT = (Role.ANNOTATOR, Role.ADJUDICATOR)


@pytest.fixture
def project(tmp_path: Path, settings: Settings) -> Project:
    settings.EXPORT_ROOT = tmp_path
    project = make_project(slug="tags")
    ann = make_rater(project, name=NASTY, is_simulated=True)
    judge = make_rater(project, RaterKind.JUDGE, name="gpt")
    for item in make_items(project, 3):
        judge_item(ann, item, (0, 0))
        judge_item(judge, item, (0, 1))
    return project


@pytest.fixture
def built(project: Project) -> Dataset:
    dataset = request_dataset(project=project, query=Query(Shape.JUDGED), user=None)
    build_dataset(dataset_id=dataset.pk)
    dataset.refresh_from_db()
    return dataset


def addresses(dataset: Dataset) -> list[str]:
    page = f"/p/tags/datasets/{dataset.pk}/"
    return ["/p/tags/datasets/", page, f"{page}download/", f"{page}files/manifest.json"]


@pytest.mark.parametrize("role", MAY)
def test_leads_and_trainers_open_every_page(client: Client, built: Dataset, role: Role) -> None:
    client.force_login(make_member(built.project, role))
    assert [client.get(address).status_code for address in addresses(built)] == [200] * 4


@pytest.mark.parametrize("role", MAY_NOT)
def test_others_of_the_project_are_refused(client: Client, built: Dataset, role: Role) -> None:
    client.force_login(make_member(built.project, role))
    assert [client.get(address).status_code for address in addresses(built)] == [403] * 4
    assert client.post("/p/tags/datasets/", {"shape": "judged"}).status_code == 403
    assert Dataset.objects.count() == 1


def test_outsiders_find_nothing_not_even_through_a_project_of_their_own(client: Client, built: Dataset) -> None:
    outsider = make_member(make_project(slug="own"), Role.LEAD)
    client.force_login(outsider)
    assert [client.get(address).status_code for address in addresses(built)] == [404] * 4
    assert client.get(f"/p/own/datasets/{built.pk}/").status_code == 404
    assert client.get(f"/p/own/datasets/{built.pk}/download/").status_code == 404
    client.force_login(make_user())
    assert client.post("/p/tags/datasets/", {"shape": "judged"}).status_code == 404


def test_the_form_asks_a_worker_to_build(client: Client, project: Project) -> None:
    trainer = make_member(project, Role.TRAINER)
    client.force_login(trainer)

    response = client.post(
        "/p/tags/datasets/", {"shape": "kto", "format": "jsonl", "labels": "people-then-judge", "judge": "gpt"}
    )

    dataset = Dataset.objects.get()
    assert response["Location"] == f"/p/tags/datasets/{dataset.pk}/"
    assert (dataset.state, dataset.shape, dataset.created_by) == (WorkState.WAITING, "kto", trainer)
    assert Query.from_dict(dataset.params).judge == "gpt"
    assert "Waiting for a worker" in client.get(response["Location"]).content.decode()


def test_a_form_that_cannot_be_answered_comes_back_with_the_reason(client: Client, project: Project) -> None:
    client.force_login(make_member(project, Role.LEAD))

    response = client.post("/p/tags/datasets/", {"shape": "sft", "format": "parquet", "labels": "judge"})

    assert response.status_code == 422
    assert "labels “judge” need a judge; there are gpt" in response.content.decode()
    assert not Dataset.objects.exists()


def test_counting_first_builds_nothing(client: Client, project: Project) -> None:
    client.force_login(make_member(project, Role.LEAD))

    page = client.get(
        "/p/tags/datasets/", {"preview": "1", "shape": "kto", "format": "parquet", "labels": "people"}
    ).content.decode()

    assert "<b>1 row</b> from 3 items" in page  # the factory's items are equal: two are duplicates
    assert "the same context and candidate again" in page
    assert not Dataset.objects.exists()


def test_the_page_names_raters_without_trusting_their_names(client: Client, built: Dataset) -> None:
    client.force_login(make_member(built.project, Role.LEAD))
    page = client.get(f"/p/tags/datasets/{built.pk}/").content.decode()
    assert NASTY not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Programs played these people" in page
    assert built.digest[:19] in page


def test_the_archive_holds_the_files_and_is_the_same_each_time(client: Client, built: Dataset) -> None:
    client.force_login(make_member(built.project, Role.TRAINER))
    first, second = (client.get(f"/p/tags/datasets/{built.pk}/download/").getvalue() for _ in range(2))

    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        root = f"tags-judged-{built.pk}"
        assert archive.namelist() == [
            f"{root}/{path}" for path in ("manifest.json", "README.md", "data/train-00000-of-00001.parquet")
        ]
        parquet = archive.read(f"{root}/data/train-00000-of-00001.parquet")
    assert parquet == (folder_of(built) / "data/train-00000-of-00001.parquet").read_bytes()


@pytest.mark.parametrize("path", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "data/", "data/other.parquet"])
def test_only_listed_files_can_be_downloaded(client: Client, built: Dataset, path: str) -> None:
    client.force_login(make_member(built.project, Role.LEAD))
    assert client.get(f"/p/tags/datasets/{built.pk}/files/{path}").status_code == 404


def test_polling_shows_progress_and_then_the_whole_page(client: Client, project: Project) -> None:
    client.force_login(make_member(project, Role.LEAD))
    dataset = request_dataset(project=project, query=Query(Shape.JUDGED), user=None)
    Dataset.objects.filter(pk=dataset.pk).update(state=WorkState.RUNNING, n_read=1, n_items=3)
    address = f"/p/tags/datasets/{dataset.pk}/"

    partial = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "1 of 3 items read" in partial
    assert "<html" not in partial

    Dataset.objects.filter(pk=dataset.pk).update(state=WorkState.FAILED, error="no space left")
    assert client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    page = client.get(address).content.decode()
    assert "It could not be built: no space left" in page
    assert client.get(f"{address}download/").status_code == 404


def test_the_list_costs_the_same_at_2_and_20_data_sets(client: Client, project: Project) -> None:
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)

    def n_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/p/tags/datasets/").status_code == 200
        return len(queries)

    for _ in range(2):
        request_dataset(project=project, query=Query(Shape.JUDGED), user=lead)
    at_2 = n_queries()
    for _ in range(18):
        request_dataset(project=project, query=Query(Shape.JUDGED), user=lead)
    assert n_queries() == at_2
