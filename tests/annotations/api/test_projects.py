from __future__ import annotations

import pytest
from django.test import Client

from annotations.services.tokens import create_token
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_a_token_reads_the_projects_of_its_user_and_no_others(client: Client) -> None:
    project = make_project(slug="mine")
    make_project(slug="theirs")
    _, text = create_token(user=make_member(project), name="x")
    rows = client.get("/api/v1/projects/", headers=bearer(text)).json()
    assert [(row["slug"], row["role"]) for row in rows] == [("mine", "annotator")]


def test_a_project_comes_with_its_rubric(client: Client) -> None:
    project = make_project(slug="mine")
    _, text = create_token(user=make_member(project), name="x")
    row = client.get("/api/v1/projects/mine/", headers=bearer(text)).json()
    assert [criterion["key"] for criterion in row["rubric"]["criteria"]] == ["c0", "c1"]
    assert [level["passes"] for level in row["rubric"]["criteria"][0]["levels"]] == [True, False]


@pytest.mark.parametrize("headers", [{}, bearer("jp_guess"), bearer("")])
def test_without_a_good_token_the_answer_is_401(client: Client, headers: dict[str, str]) -> None:
    answer = client.get("/api/v1/projects/", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_project_of_others_is_404(client: Client) -> None:
    make_project(slug="theirs")
    _, text = create_token(user=make_user(), name="x")
    assert client.get("/api/v1/projects/theirs/", headers=bearer(text)).status_code == 404


def test_the_schema_is_complete(client: Client) -> None:
    client.force_login(make_user())
    schema = client.get("/api/schema/?format=json").json()
    assert "/api/v1/projects/{slug}/" in schema["paths"]
    assert schema["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_addresses_of_the_schema_are_grouped_by_what_they_are_about(client: Client) -> None:
    client.force_login(make_user())
    paths = client.get("/api/schema/?format=json").json()["paths"]
    groups = {tag for path in paths.values() for operation in path.values() for tag in operation["tags"]}
    assert {"projects", "agreement", "items", "judges", "runs", "datasets", "review"} <= groups
    assert not groups & {"v1", "api", ""}
