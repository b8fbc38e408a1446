"""Making a project and changing the rules it runs under."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotations.choices import Role
from annotations.models import Project
from annotations.rubrics import load_rubric, write_rubric
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db
NEW = {"name": "Tags", "slug": "tags", "kind": "tag", "overlap": "2", "template": "tag"}


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_user("boss", is_staff=True))
    return client


def yaml_file(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("mine.yaml", text.encode())


def test_staff_make_a_project_from_a_template_and_lead_it(staff: Client) -> None:
    assert staff.post("/projects/new/", NEW).headers["Location"] == "/p/tags/"
    project = Project.objects.get()
    assert project.memberships.get().role == Role.LEAD
    assert project.current_rubric().digest == load_rubric("tag").digest
    assert project.current_policy().overlap == 2


def test_staff_make_a_project_from_their_own_rubric(staff: Client) -> None:
    spec = load_rubric("interest")
    staff.post("/projects/new/", {**NEW, "template": "", "file": yaml_file(write_rubric(spec))})
    assert Project.objects.get().current_rubric().digest == spec.digest


def test_a_faulty_rubric_names_its_line_and_makes_nothing(staff: Client) -> None:
    text = "name: Mine\ncriteria:\n  - key: a\n    name: A\n    scale: binary\n    levels: []\n"
    page = staff.post("/projects/new/", {**NEW, "file": yaml_file(text)})
    assert page.status_code == 422
    assert "mine.yaml, line 6" in page.text
    assert not Project.objects.exists()


def test_a_rubric_that_is_no_text_is_refused_with_a_sentence(staff: Client) -> None:
    page = staff.post("/projects/new/", {**NEW, "file": SimpleUploadedFile("mine.yaml", b"\xff\xfe\x00")})
    assert "expected UTF-8 text" in page.text


def test_without_any_rubric_there_is_no_project(staff: Client) -> None:
    page = staff.post("/projects/new/", {**NEW, "template": ""})
    assert "Choose a rubric" in page.text
    assert not Project.objects.exists()


def test_an_address_that_is_taken_is_refused_also_in_capitals(staff: Client) -> None:
    make_project(slug="tags")
    assert "is taken" in staff.post("/projects/new/", {**NEW, "slug": "TAGS"}).text
    assert Project.objects.count() == 1


def test_a_lead_renames_a_project(client: Client) -> None:
    project = make_project(slug="tags")
    client.force_login(make_member(project, Role.LEAD))
    assert client.post("/p/tags/settings/", {"name": "Intent tags", "description": "Round 3."}).status_code == 302
    project.refresh_from_db()
    assert (project.name, project.description) == ("Intent tags", "Round 3.")
