"""The pages of what was asked for about many items: how far it is, by whom it is polled, and what came of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.choices import GoldSource, GoldUse, Role, WorkState
from annotations.models import Chore, Gold, Project, QueuedItem
from annotations.selectors.item_filters import ItemFilter
from annotations.services.bulk import Action
from annotations.services.chores import ask_action, ask_draw, asking, do_chore
from annotations.services.projects import change_policy
from annotations.services.queue import queue_items
from tests.factories import make_items, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 0)


@pytest.fixture
def project() -> Project:
    project = make_project(slug="tags")
    make_items(project, 3)
    return project


@pytest.fixture
def lead(client: Client, project: Project) -> Client:
    client.force_login(make_member(project, Role.LEAD, name="lena"))
    return client


def asked(project: Project, **fields: Any) -> Chore:
    chore = ask_action(action=Action.QUEUE, project=project, wanted=ItemFilter(), user=make_user(), query="text=x")
    Chore.objects.filter(pk=chore.pk).update(**fields)
    return Chore.objects.get(pk=chore.pk)


def live_part(client: Client, chore: Chore) -> Any:
    return client.get(f"/p/tags/items/chores/{chore.pk}/", headers={"HX-Request": "true"})


def test_what_is_about_many_items_leads_to_its_page(lead: Client, project: Project) -> None:
    address = "/p/tags/items/act/?action=queue&scope=all"
    sent = lead.post(address, {"n_agreed": "3"})
    chore = Chore.objects.get()
    assert sent.headers["Location"] == f"/p/tags/items/chores/{chore.pk}/"
    assert not QueuedItem.objects.exists()
    assert "Kept; a worker takes it up" in lead.get(sent.headers["Location"]).text
    for page in ("/p/tags/items/", "/p/tags/queue/", "/p/tags/items/chores/"):
        assert f'href="/p/tags/items/chores/{chore.pk}/"' in lead.get(page).text
    drawn = lead.post("/p/tags/queue/", {"which": "sample", "n": "2"})
    assert drawn.headers["Location"] == f"/p/tags/items/chores/{chore.pk + 1}/"


def test_the_live_part_asks_again_until_it_is_done_and_says_what_came_of_it(lead: Client, project: Project) -> None:
    queue_items(project=project, n=1)
    chore = asked(project)
    waiting = live_part(lead, chore)
    assert (waiting.status_code, 'hx-trigger="load delay:' in waiting.text) == (200, True)
    assert do_chore(chore_id=chore.pk)
    done = live_part(lead, chore)
    assert (done.status_code, "hx-trigger" in done.text) == (286, False)
    assert "2 items added to the queue; 0 were in it before." in done.text
    draw = Chore.objects.get().draw
    assert draw is not None
    assert f'href="/p/tags/queue/draws/{draw.pk}/"' in done.text
    assert 'href="/p/tags/items/?text=x"' in done.text


def test_gold_that_a_draw_left_out_was_not_in_the_queue_before(lead: Client, project: Project) -> None:
    known = project.items.earliest("pk")
    Gold.objects.create(
        item=known, rubric=project.current_rubric(), levels=[0, 1], source=GoldSource.IMPORTED, use=GoldUse.HIDDEN
    )
    settings = replace(project.current_policy().settings(), gold_share=0.5)
    change_policy(project=project, settings=settings)
    chore = asked(project)
    assert do_chore(chore_id=chore.pk)
    assert "2 items added to the queue; 0 were in it before." in live_part(lead, chore).text


def test_a_change_shows_how_many_items_were_seen_to(lead: Client, project: Project) -> None:
    chore = asked(project, action=Action.URGENT, state=WorkState.RUNNING, n_items=1200, n_done=1000, n_changed=990)
    page = lead.get(f"/p/tags/items/chores/{chore.pk}/").text
    assert '<progress aria-label="Progress" value="1000" max="1200">' in page
    assert "990 items were changed." in page
    assert re.search(r"1.000 of 1.200 items", lead.get("/p/tags/items/").text)


def test_while_its_items_are_chosen_it_shows_how_many_are_found(lead: Client, project: Project) -> None:
    chore = asked(project, action=Action.URGENT)
    page = f"/p/tags/items/chores/{chore.pk}/"
    assert "It is done with the items that fit when it begins" in lead.get(page).text
    Chore.objects.filter(pk=chore.pk).update(state=WorkState.RUNNING, n_found=1200)
    for address in (page, "/p/tags/items/"):
        assert re.search(r"choosing items: 1.200 so far", lead.get(address).text)


def test_a_chore_is_cancelled_on_its_page_and_one_that_is_done_is_not(lead: Client, project: Project) -> None:
    chore = asked(project)
    page = lead.post(f"/p/tags/items/chores/{chore.pk}/cancel/", follow=True)
    assert "It was cancelled; nothing was put into the queue." in page.text
    assert not do_chore(chore_id=chore.pk)
    done = ask_draw(project=project)
    do_chore(chore_id=done.pk)
    page = lead.post(f"/p/tags/items/chores/{done.pk}/cancel/", follow=True)
    assert "It was finished before it could be cancelled." in page.text
    assert Chore.objects.get(pk=done.pk).state == WorkState.READY


def test_why_it_failed_is_said_on_its_page_and_in_the_list(lead: Client, project: Project) -> None:
    chore = asked(project, state=WorkState.FAILED, error="these cannot be changed", lease_expires_at=None)
    for page in (f"/p/tags/items/chores/{chore.pk}/", "/p/tags/items/chores/"):
        assert "these cannot be changed" in lead.get(page).text


def test_chores_of_another_project_are_not_there(lead: Client) -> None:
    other = make_project()
    make_items(other, 1)
    chore = ask_draw(project=other)
    assert lead.get(f"/p/tags/items/chores/{chore.pk}/").status_code == 404
    assert lead.post(f"/p/tags/items/chores/{chore.pk}/cancel/").status_code == 404
    assert Chore.objects.get().state == WorkState.WAITING
    assert "Nothing was asked for yet" in lead.get("/p/tags/items/chores/").text


def test_a_long_list_takes_no_more_queries_than_a_short_one(lead: Client, project: Project) -> None:
    def n_queries() -> int:
        with CaptureQueriesContext(connection) as said:
            lead.get("/p/tags/items/chores/")
        return len(said)

    for _ in range(2):
        asked(project)
    few = n_queries()
    for _ in range(18):
        asked(project)
    assert n_queries() == few
