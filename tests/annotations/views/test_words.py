"""The rubric and the guidelines, in versions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from annotations.choices import Role, Scale
from annotations.models import Project
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec, read_rubric, write_rubric
from annotations.services.guidelines import add_guideline_version
from tests.factories import judge_item, make_items, make_member, make_project, make_rater

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


@pytest.fixture
def lead(client: Client, project: Project) -> Client:
    client.force_login(make_member(project, Role.LEAD))
    return client


def test_the_rubric_says_whether_it_is_locked(lead: Client, project: Project) -> None:
    assert "not used yet" in lead.get("/p/tags/rubric/").text
    [item] = make_items(project, 1)
    judge_item(make_rater(project), item, (0, 0))
    assert "locked by its first rating" in lead.get("/p/tags/rubric/").text


def test_a_changed_rubric_is_a_new_version_and_the_old_one_stays(lead: Client, project: Project) -> None:
    text = write_rubric(project.current_rubric().spec()).replace("Criterion 0", "Relevance")
    assert lead.post("/p/tags/rubric/new/", {"text": text}).status_code == 302
    assert project.current_rubric().version == 2
    assert "Relevance" in lead.get("/p/tags/rubric/").text
    old = lead.get("/p/tags/rubric/1/").text
    assert "Criterion 0" in old
    assert "an earlier version" in old


def test_the_same_rubric_again_makes_no_version(lead: Client, project: Project) -> None:
    lead.post("/p/tags/rubric/new/", {"text": write_rubric(project.current_rubric().spec())})
    assert project.rubrics.count() == 1


def test_a_faulty_rubric_names_its_line_and_is_kept_in_the_form(lead: Client, project: Project) -> None:
    page = lead.post("/p/tags/rubric/new/", {"text": "name: Mine\ncriteria:\n  - key: a\n    nme: A\n"})
    assert page.status_code == 422
    assert "line 4" in page.text
    assert "nme: A" in page.text
    assert project.rubrics.count() == 1


def test_a_rubric_is_downloaded_as_it_can_be_uploaded(lead: Client, project: Project) -> None:
    answer = lead.get("/p/tags/rubric/1/yaml/")
    assert read_rubric(answer.text, source="test") == project.current_rubric().spec()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tags-rubric-v1.yaml"'


def test_guidelines_are_shown_as_harmless_html(lead: Client, project: Project) -> None:
    add_guideline_version(project=project, text="# Rules\n\n<script>alert(1)</script> **bold**")
    page = lead.get("/p/tags/guidelines/").text
    assert "<strong>bold</strong>" in page
    assert "alert(1)" not in page


def test_edited_guidelines_are_a_new_version_and_the_old_one_can_be_read(lead: Client, project: Project) -> None:
    lead.post("/p/tags/guidelines/edit/", {"text": "One\r\nrule."})
    lead.post("/p/tags/guidelines/edit/", {"text": "Two rules."})
    assert list(project.guidelines.order_by("version").values_list("text", flat=True)) == ["One\nrule.", "Two rules."]
    assert "Two rules." in lead.get("/p/tags/guidelines/").text
    assert "an earlier version" in lead.get("/p/tags/guidelines/1/").text


def test_a_version_of_another_project_is_404(lead: Client) -> None:
    add_guideline_version(project=make_project(), text="Theirs.")
    assert lead.get("/p/tags/guidelines/1/").status_code == 404
    assert lead.get("/p/tags/rubric/9/").status_code == 404


def test_without_guidelines_the_page_says_what_will_be_here(client: Client, project: Project) -> None:
    client.force_login(make_member(project))
    page = client.get("/p/tags/guidelines/").text
    assert "No guidelines yet" in page
    assert "A lead of the project writes it." in page


def test_words_of_a_rubric_are_shown_as_text(client: Client) -> None:
    nasty = "<script>alert(1)</script>"
    level = LevelSpec(key="pass", label=nasty, description=nasty)
    criterion = CriterionSpec(
        key="c",
        name=nasty,
        scale=Scale.NOMINAL,
        levels=(level, replace(level, key="fail")),
        definition=nasty,
        passing_example=nasty,
        failing_example=nasty,
    )
    project = make_project(slug="nasty", spec=RubricSpec(name=nasty, criteria=(criterion,)))
    client.force_login(make_member(project, Role.LEAD))
    for url in ("/p/nasty/rubric/", "/p/nasty/", "/p/nasty/rubric/new/"):
        page = client.get(url).text
        assert nasty not in page
        assert "&lt;script&gt;" in page
