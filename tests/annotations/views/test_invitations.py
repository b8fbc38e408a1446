"""From a link to a member, in the browser."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from annotations.choices import Role
from annotations.models import Project, User
from annotations.services.people import invite, revoke_invitation
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


def link_to(project: Project, role: Role = Role.ANNOTATOR) -> str:
    _, secret = invite(project=project, role=role, created_by=make_member(project, Role.LEAD), days=7)
    return f"/invite/{secret}/"


def test_a_lead_makes_a_link_that_is_shown_once(client: Client, project: Project, settings: Settings) -> None:
    settings.BASE_URL = "https://judge.example"
    client.force_login(make_member(project, Role.LEAD))
    page = client.post("/p/tags/people/invite/", {"role": "annotator", "days": "7"})
    assert re.search(r"https://judge\.example/invite/[\w-]{43}/", page.text)
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert "/invite/" not in client.get("/p/tags/people/").text.replace("/people/invite/", "")


def test_someone_with_an_account_joins(client: Client, project: Project) -> None:
    link = link_to(project, Role.TRAINER)
    user = make_user()
    client.force_login(user)
    assert "Join as" in client.get(link).text
    assert client.post(f"{link}accept/").headers["Location"] == "/p/tags/"
    assert project.memberships.get(user=user).role == Role.TRAINER


def test_reading_the_link_makes_nobody_a_member(client: Client, project: Project) -> None:
    link = link_to(project)
    user = make_user()
    client.force_login(user)
    client.get(link)
    assert client.get(f"{link}accept/").status_code == 405
    assert not project.memberships.filter(user=user).exists()


def test_someone_new_makes_an_account_and_comes_back(client: Client, project: Project) -> None:
    link = link_to(project)
    client.get(link)
    answer = client.post(
        "/account/signup/",
        {"username": "newcomer", "password1": "a long password", "password2": "a long password"},
    )
    assert answer.headers["Location"] == link
    client.post(f"{link}accept/")
    assert project.memberships.get(user__username="newcomer").role == Role.ANNOTATOR


def test_there_is_no_account_without_an_invitation(client: Client) -> None:
    page = client.post(
        "/account/signup/",
        {"username": "stranger", "password1": "a long password", "password2": "a long password"},
    )
    assert "Accounts are made by invitation" in page.text
    assert not User.objects.filter(username="stranger").exists()


def test_there_is_no_account_with_an_invitation_revoked_since(client: Client, project: Project) -> None:
    link = link_to(project)
    client.get(link)
    revoke_invitation(project=project, invitation_id=project.invitations.get().pk)
    assert "Accounts are made by invitation" in client.get("/account/signup/").text


def test_a_used_link_says_so_and_is_gone(client: Client, project: Project) -> None:
    link = link_to(project)
    client.force_login(make_user())
    client.post(f"{link}accept/")
    client.force_login(other := make_user())
    page = client.get(link)
    assert page.status_code == 410
    assert "has been used" in page.text
    client.post(f"{link}accept/")
    assert not project.memberships.filter(user=other).exists()


def test_an_unknown_link_is_404(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/invite/guess/").status_code == 404
    assert client.post("/invite/guess/accept/").status_code == 404


def test_an_annotator_makes_no_link(client: Client, project: Project) -> None:
    client.force_login(make_member(project))
    assert client.post("/p/tags/people/invite/", {"role": "lead", "days": "7"}).status_code == 403
    assert not project.invitations.exists()


def test_a_member_of_another_project_is_not_reached_through_this_one(client: Client, project: Project) -> None:
    stranger = make_member(other := make_project())
    client.force_login(make_member(project, Role.LEAD))
    membership = other.memberships.get(user=stranger)
    assert client.post(f"/p/tags/people/{membership.pk}/remove/").status_code == 404
    assert client.post(f"/p/tags/people/{membership.pk}/role/", {"role": "lead"}).status_code == 404
    assert other.memberships.get(user=stranger).role == Role.ANNOTATOR
