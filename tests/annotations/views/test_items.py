"""The pages of items: what they show, to whom, and at which cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.choices import RaterKind, Role
from annotations.models import Assignment, Gold, Item, Project
from tests.factories import judge_item, make_items, make_member, make_project, make_rater

pytestmark = pytest.mark.django_db
NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


def n_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_list_costs_the_same_at_2_and_20_items(client: Client, project: Project) -> None:
    client.force_login(make_member(project, Role.LEAD))
    judge = make_rater(project, RaterKind.JUDGE)
    for item in make_items(project, 2):
        judge_item(judge, item, (0, 0))
    at_2 = n_queries(client, "/p/tags/items/")
    for item in make_items(project, 18):
        judge_item(judge, item, (0, 1))
    assert n_queries(client, "/p/tags/items/") == at_2


def test_an_item_costs_the_same_with_2_and_20_judgements(client: Client, project: Project) -> None:
    client.force_login(make_member(project, Role.LEAD))
    [item] = make_items(project, 1)
    for _ in range(2):
        judge_item(make_rater(project), item, (0, 0))
    at_2 = n_queries(client, f"/p/tags/items/{item.pk}/")
    for _ in range(18):
        judge_item(make_rater(project), item, (0, 1))
    assert n_queries(client, f"/p/tags/items/{item.pk}/") == at_2


def test_an_annotator_sees_no_item_pages(client: Client, project: Project) -> None:
    [item] = make_items(project, 1)
    client.force_login(make_member(project, Role.ANNOTATOR))
    assert client.get("/p/tags/items/").status_code == 403
    assert client.get(f"/p/tags/items/{item.pk}/").status_code == 403


def test_an_item_of_another_project_is_404(client: Client, project: Project) -> None:
    [item] = make_items(make_project(), 1)
    client.force_login(make_member(project, Role.LEAD))
    assert client.get(f"/p/tags/items/{item.pk}/").status_code == 404


def test_an_item_shows_all_that_was_said_of_it(client: Client, project: Project) -> None:
    [item] = make_items(project, 1)
    judge_item(make_rater(project, name="Ines"), item, (0, 1), rationale="no evidence for it")
    judge = make_rater(project, RaterKind.JUDGE, name="baseline v1")
    judge_item(judge, item, (0, 0), rationales=("poles point to hiking", ""))
    Gold.objects.create(item=item, rubric=project.current_rubric(), levels=[1, 1], source="imported")
    client.force_login(make_member(project, Role.ADJUDICATOR))
    page = client.get(f"/p/tags/items/{item.pk}/").text
    for words in (
        "hiking boots",
        "Ines",
        "no evidence for it",
        "baseline v1",
        "poles point to hiking",
        "known: imported",
    ):
        assert words in page


def hold(item: Item, user: Any) -> Assignment:
    project = item.project
    return Assignment.objects.create(
        item=item,
        project=project,
        rater=make_rater(project, name=user.username, user=user),
        policy=project.current_policy(),
        position=1,
        place=0,
        overlap=1,
        probability=1,
        lease_expires_at=timezone.now() + timedelta(minutes=5),
    )


def test_whoever_holds_an_item_does_not_see_what_others_said(client: Client, project: Project) -> None:
    [item] = make_items(project, 1)
    judge = make_rater(project, RaterKind.JUDGE, name="baseline v1")
    judge_item(judge, item, (0, 1), rationale="because of the poles")
    client.force_login(lead := make_member(project, Role.LEAD))
    assignment = hold(item, lead)
    covered = client.get(f"/p/tags/items/{item.pk}/").text
    assert "baseline v1" not in covered
    assert "because of the poles" not in covered
    assert "1 fail" not in client.get("/p/tags/items/").text
    Assignment.objects.filter(pk=assignment.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert "baseline v1" in client.get(f"/p/tags/items/{item.pk}/").text


def test_text_under_judgement_stays_text(client: Client, project: Project) -> None:
    [item] = make_items(
        project,
        1,
        candidates=[{"tag": NASTY, "reason": NASTY}],
        context={
            "text": NASTY,
            "interests": [NASTY],
            "behaviour": [{"date": "2026-11", "action": NASTY, "item": NASTY}],
        },
        slices={NASTY: NASTY},
    )
    judge_item(make_rater(project, name=NASTY), item, (0, 1), rationale=NASTY)
    client.force_login(make_member(project, Role.LEAD))
    for url in ("/p/tags/items/", f"/p/tags/items/{item.pk}/", f"/p/tags/items/?text={NASTY}&slice={NASTY}"):
        page = client.get(url).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("query", ["batch=x", "slice=nothing", "queue=maybe", "after=%00", "outcome=1&people=2"])
def test_a_filter_that_makes_no_sense_is_left_out(client: Client, project: Project, query: str) -> None:
    make_items(project, 1)
    client.force_login(make_member(project, Role.LEAD))
    assert client.get(f"/p/tags/items/?{query}").status_code == 200
