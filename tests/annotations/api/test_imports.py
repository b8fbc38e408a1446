from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest
from django.test import Client
from pytest_django import Settings

from annotations.choices import Role
from annotations.models import Batch, Item, Judgement, Project
from annotations.services.tokens import create_token
from tests.annotations.services.imports.files import item_row, tag_project, verdict
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db

ITEMS = "/api/v1/projects/tags/items/"
JUDGEMENTS = "/api/v1/projects/tags/judgements/"


@pytest.fixture
def project() -> Project:
    return tag_project()


def lines(*rows: dict[str, Any] | bytes) -> bytes:
    return b"".join((row if isinstance(row, bytes) else orjson.dumps(row)) + b"\n" for row in rows)


def post(client: Client, project: Project, url: str, body: bytes, role: Role = Role.LEAD, **more: Any) -> Any:
    _, token = create_token(user=make_member(project, role), name="x")
    more = {"content_type": "application/x-ndjson", **more}
    return client.post(url, data=body, headers={"Authorization": f"Bearer {token}"}, **more)


def test_items_go_in_and_the_refused_rows_are_listed(client: Client, project: Project) -> None:
    body = lines(item_row(1, judgements=[verdict()]), b"no", item_row(2))
    answer = post(client, project, f"{ITEMS}?producer=m1&round=2", body)

    assert answer.status_code == 200
    row = answer.json()
    assert (row["state"], row["n_read"], row["n_items"], row["n_judgements"], row["n_refused"]) == (
        "complete", 3, 2, 1, 1,
    )  # fmt: skip
    assert [(refused["row"], refused["code"]) for refused in row["refused"]] == [(2, "not_json")]
    assert row["refused_by_code"] == {"not_json": 1}
    batch = Batch.objects.get()
    assert (batch.producer, batch.round, row["url"]) == ("m1", 2, f"/p/tags/imports/{batch.pk}/")
    assert project.items.count() == 2


def test_the_same_body_again_changes_nothing(client: Client, project: Project) -> None:
    body = lines(item_row(1, judgements=[verdict()]))
    post(client, project, ITEMS, body)
    row = post(client, project, ITEMS, gzip.compress(body)).json()
    assert (row["n_items"], row["n_judgements"], row["n_unchanged"]) == (0, 0, 1)
    assert (Item.objects.count(), Judgement.objects.count()) == (1, 1)


def test_a_strict_body_with_a_bad_row_is_answered_400_with_the_row(client: Client, project: Project) -> None:
    answer = post(client, project, f"{ITEMS}?strict=true", lines(item_row(1), b"no"))
    assert answer.status_code == 400
    assert answer.json()["error"] == "nothing went in: 1 of 2 rows were refused and this import is strict"
    assert [refused["row"] for refused in answer.json()["refused"]] == [2]
    assert not Item.objects.exists()


def test_judgements_find_their_items(client: Client, project: Project) -> None:
    post(client, project, ITEMS, lines(item_row(1)))
    row = post(client, project, JUDGEMENTS, lines({"item": "item-1", **verdict()}, {"item": "x", **verdict()})).json()
    assert (row["n_judgements"], row["refused_by_code"]) == (1, {"unknown_item": 1})


@pytest.mark.parametrize(
    ("url", "more", "status"),
    [
        (ITEMS, {"content_type": "application/json"}, 415),
        (ITEMS, {"content_type": "multipart/form-data; boundary=x"}, 415),
        (ITEMS, {"CONTENT_LENGTH": ""}, 411),
        (f"{ITEMS}?round=first", {}, 400),
        (f"{ITEMS}?strict=perhaps", {}, 400),
    ],
)
def test_a_request_that_cannot_be_read_makes_no_import(
    url: str, more: dict[str, Any], status: int, client: Client, project: Project
) -> None:
    assert post(client, project, url, lines(item_row(1)), **more).status_code == status
    assert not Batch.objects.exists()


def test_a_body_beyond_the_limit_is_413(client: Client, project: Project, settings: Settings) -> None:
    settings.IMPORT_MAX_BYTES = 10
    answer = post(client, project, ITEMS, lines(item_row(1)))
    assert answer.status_code == 413
    assert "at most 10 bytes" in answer.json()["detail"]


@pytest.mark.parametrize(("role", "status"), [(Role.ANNOTATOR, 403), (Role.ADJUDICATOR, 403), (Role.TRAINER, 200)])
@pytest.mark.parametrize("url", [ITEMS, JUDGEMENTS])
def test_who_may_import(url: str, role: Role, status: int, client: Client, project: Project) -> None:
    assert post(client, project, url, b"\n", role).status_code == status


@pytest.mark.parametrize("url", [ITEMS, JUDGEMENTS])
def test_outsiders_see_404_and_strangers_401(url: str, client: Client, project: Project) -> None:
    _, token = create_token(user=make_user(), name="x")
    body: dict[str, Any] = {"data": b"\n", "content_type": "application/x-ndjson"}
    assert client.post(url, headers={"Authorization": f"Bearer {token}"}, **body).status_code == 404
    assert client.post(url, **body).status_code == 401
