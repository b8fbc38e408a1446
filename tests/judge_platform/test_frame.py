"""The frame around every page."""

from __future__ import annotations

import re

import pytest
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from annotations.choices import Role
from annotations.selectors.membership import membership_of
from judge_platform.navigation import rail_for
from tests.conftest import ROOT
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def test_an_outsider_sees_404_for_a_project(client: Client) -> None:
    project = make_project()
    client.force_login(make_user())
    assert client.get(f"/p/{project.slug}/").status_code == 404


def test_staff_and_superusers_are_outsiders_too(client: Client) -> None:
    project = make_project()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert client.get(f"/p/{project.slug}/").status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_every_role_sees_its_project(client: Client, role: Role) -> None:
    project = make_project(name="Intent tags")
    client.force_login(make_member(project, role))
    page = client.get(f"/p/{project.slug}/")
    assert page.status_code == 200
    assert "Intent tags" in page.text


def test_the_policy_allows_no_inline_script_or_style(client: Client) -> None:
    client.force_login(make_user())
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_only_the_page_of_the_api_allows_inline_styles(client: Client) -> None:
    client.force_login(make_user())
    directives = client.get("/api/docs/").headers["Content-Security-Policy"].split(";")
    unsafe = [directive.split()[0] for directive in directives if "unsafe" in directive]
    assert unsafe == ["style-src"]


def test_a_theme_is_kept_for_the_user(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    assert client.post("/me/theme/", {"theme": "dark", "next": "/me/"}).headers["Location"] == "/me/"
    assert '<html lang="en" dir="ltr" data-theme="dark">' in client.get("/").text
    user.refresh_from_db()
    assert user.theme == "dark"


def test_a_theme_is_kept_before_sign_in(client: Client) -> None:
    client.post("/me/theme/", {"theme": "light"})
    assert 'data-theme="light"' in client.get("/account/login/").text


def test_the_theme_form_leads_to_no_other_site(client: Client) -> None:
    answer = client.post("/me/theme/", {"theme": "dark", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_an_unknown_theme_is_refused(client: Client) -> None:
    assert client.post("/me/theme/", {"theme": "sepia"}).status_code == 400


def test_a_page_that_is_not_there_says_so_in_our_frame(client: Client) -> None:
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "Nothing here" in page.text
    assert 'class="topbar"' in page.text


def test_a_member_without_the_capability_is_told_who_can_give_it(client: Client) -> None:
    project = make_project(slug="tags")
    client.force_login(make_member(project))
    page = client.get("/p/tags/settings/")
    assert page.status_code == 403
    assert "A lead of the project can change yours" in page.text


def test_a_failure_is_told_without_the_help_of_anything_that_may_have_failed() -> None:
    page = server_error(RequestFactory().get("/"))
    assert page.status_code == 500
    assert "The fault is recorded" in page.content.decode()


def test_a_form_out_of_date_says_what_to_do() -> None:
    page = Client(enforce_csrf_checks=True).post("/me/theme/", {"theme": "dark"})
    assert page.status_code == 403
    assert "This form is out of date" in page.text


@pytest.mark.parametrize(
    ("path", "section"),
    [("", "Overview"), ("items/chores/", "Items"), ("disputes/", "Adjudicate"), ("audits/", "Judges"), ("find/", None)],
)
def test_the_rail_says_in_which_section_one_is(path: str, section: str | None) -> None:
    project = make_project(slug="tags")
    membership = membership_of(make_member(project, Role.LEAD), slug="tags")
    assert membership is not None
    current = [entry.label for group in rail_for(membership, f"/p/tags/{path}") for entry in group if entry.is_current]
    assert current == ([] if section is None else [section])


def test_a_table_is_not_named_like_the_panel_around_it() -> None:
    """Somebody who goes from landmark to landmark hears two places with one name."""
    message = re.compile(r"""{% translate (?:"(.*?)"|'(.*?)') %}""")
    for file in sorted((ROOT / "templates").rglob("*.html")):
        html = file.read_text(encoding="utf-8")
        titles = re.findall(r"<section[^>]*aria-labelledby=.*?<h2 id=.*?</h2>", html, re.DOTALL)
        tables = re.findall(r'role="region" aria-label=".*?">', html)
        panels_named, tables_named = (
            {"".join(words) for text in texts for words in message.findall(text)} for texts in (titles, tables)
        )
        assert panels_named & tables_named == set(), file
