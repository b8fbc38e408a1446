"""The page of people."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.choices import Role
from annotations.models import Project
from annotations.services.people import invite
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


def test_the_page_costs_the_same_with_2_and_20_people_and_invitations(client: Client, project: Project) -> None:
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)

    def n_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/p/tags/people/")
        return len(queries)

    def add(n: int) -> None:
        for _ in range(n):
            make_member(project)
            invite(project=project, role=Role.ANNOTATOR, created_by=lead, days=1)

    add(2)
    at_2 = n_queries()
    add(18)
    assert n_queries() == at_2


def test_simulated_people_are_named_so(client: Client, project: Project) -> None:
    simulated = make_member(project, name="sim-1")
    simulated.is_simulated = True
    simulated.save(update_fields=["is_simulated"])
    client.force_login(make_member(project))
    assert client.get("/p/tags/people/").text.count(">simulated<") == 1


def test_an_annotator_sees_names_and_changes_nothing(client: Client, project: Project) -> None:
    make_member(project, Role.LEAD, name="ling")
    client.force_login(make_member(project))
    page = client.get("/p/tags/people/").text
    assert "ling" in page
    assert "Create link" not in page
    assert "/role/" not in page


def test_a_lead_changes_a_role_and_removes_a_member(client: Client, project: Project) -> None:
    member = project.memberships.get(user=make_member(project))
    client.force_login(make_member(project, Role.LEAD))
    client.post(f"/p/tags/people/{member.pk}/role/", {"role": "trainer"})
    member.refresh_from_db()
    assert member.role == Role.TRAINER
    client.post(f"/p/tags/people/{member.pk}/remove/")
    assert not project.memberships.filter(pk=member.pk).exists()


def test_the_only_lead_is_told_why_they_stay(client: Client, project: Project) -> None:
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)
    membership = project.memberships.get(user=lead)
    page = client.post(f"/p/tags/people/{membership.pk}/role/", {"role": "annotator"}, follow=True)
    assert "is the only lead of this project" in page.text
    membership.refresh_from_db()
    assert membership.role == Role.LEAD


def test_a_role_that_is_none_changes_nothing(client: Client, project: Project) -> None:
    member = project.memberships.get(user=make_member(project))
    client.force_login(make_member(project, Role.LEAD))
    client.post(f"/p/tags/people/{member.pk}/role/", {"role": "owner"})
    member.refresh_from_db()
    assert member.role == Role.ANNOTATOR
