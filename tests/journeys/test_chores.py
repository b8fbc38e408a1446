"""Changes to many items and draws, followed by a lead beside a real worker: by keyboard alone, and without scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotations.choices import Order, Role
from annotations.models import Chore, Project, QueuedItem, User
from annotations.services.chores import AT_ONCE
from annotations.services.chores.doing import PART
from annotations.services.queue import queue_items
from tests.factories import make_items, make_member, make_project
from tests.journeys.conftest import NewContext, sign_in
from tests.journeys.keyboard import follow, press, reach, to_main
from tests.workers import wait_until, worker, worker_environment

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]

N_ITEMS = AT_ONCE + 700


@pytest.fixture
def project() -> Project:
    project = make_project(slug="tags")
    make_items(project, N_ITEMS)
    return project


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return worker_environment(tmp_path)


def reloaded(page: Page) -> str:
    """What the live part says now, to somebody without scripts."""
    page.get_by_role("link", name="Reload").click()
    return page.locator("#chore").inner_text().strip()


def sent_elsewhere() -> None:
    """The page's server has another broker, so that the worker finds what there is to do by its sweep."""
    Chore.objects.unfinished().update(lease_expires_at=timezone.now())


def test_progress_moves_by_itself_and_ends_with_what_came_of_it(
    page: Page, project: Project, lead: User, environment: dict[str, str]
) -> None:
    queue_items(project=project, order=Order.GIVEN)
    sign_in(page, lead)
    page.goto("/p/tags/items/")
    page.get_by_label("With", exact=True).select_option("all")
    page.get_by_label("do", exact=True).select_option("urgent")
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Make urgent").click()
    chore = page.locator("#chore")
    expect(chore).to_contain_text("a worker takes it up as soon as one is free")
    page.evaluate("document.body.dataset.notReloaded = 'yes'")
    sent_elsewhere()
    with worker(environment):
        expect(chore).to_contain_text("1200 items were changed.", timeout=90_000)
    assert page.evaluate("document.body.dataset.notReloaded") == "yes"
    assert project.queue.filter(urgency__gt=0).count() == N_ITEMS
    page.get_by_role("link", name="Back to the items").click()
    expect(page.get_by_role("heading", level=1, name="Items")).to_be_visible()


def test_by_keyboard_items_are_filtered_a_change_is_asked_for_followed_and_cancelled(
    page: Page, project: Project, lead: User, environment: dict[str, str]
) -> None:
    queue_items(project=project, order=Order.GIVEN)
    make_items(project, 3)
    sign_in(page, lead)
    page.goto("/p/tags/items/")
    to_main(page)
    reach(page, page.get_by_label("Queue", exact=True))
    page.keyboard.type("waiting")
    find = page.get_by_role("button", name="Filter", exact=True)
    press(page, find)
    expect(page.get_by_role("link", name="Queue waiting")).to_be_visible()
    expect(find).to_be_focused()
    reach(page, page.get_by_label("With", exact=True))
    page.keyboard.type("all that match")
    reach(page, page.get_by_label("do", exact=True), within=1)
    page.keyboard.type("ask one")
    follow(page, page.get_by_role("button", name="Look at it"))
    expect(page.get_by_role("heading", name=re.compile(r"^1.200 items will change"))).to_be_visible()
    expect(page.get_by_text("A worker does it, with the items that fit as it begins")).to_be_visible()
    follow(page, page.get_by_role("button", name="Ask one more person"))

    chore, cancel = page.locator("#chore"), page.get_by_role("button", name="Cancel")
    expect(chore).to_contain_text("a worker takes it up as soon as one is free")
    reach(page, cancel)
    in_second_part = project.queue.order_by("position")[PART + 10].pk
    sent_elsewhere()
    with transaction.atomic(), worker(environment):
        QueuedItem.objects.select_for_update().get(pk=in_second_part)
        expect(chore).to_contain_text(re.compile(r"1.000 of 1.200 items"), timeout=90_000)
        expect(cancel).to_be_focused()  # though all around it was put in anew
        with page.expect_navigation():
            page.keyboard.press("Enter")
    to_main(page)
    expect(chore).to_contain_text("It was cancelled; what it had changed by then stays so.")
    expect(chore).to_contain_text(f"{PART} items were changed; {N_ITEMS - PART} stay as they are.")
    assert project.queue.filter(overlap=2).count() == PART
    follow(page, page.get_by_role("link", name="Back to the items"))
    expect(page.get_by_role("link", name="Queue waiting")).to_be_visible()


def test_a_draw_is_followed_and_another_cancelled_without_scripts(
    new_context: NewContext, project: Project, lead: User, environment: dict[str, str]
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, lead)
    page.goto("/p/tags/queue/")
    page.get_by_label("Size of the sample").fill("30")
    page.get_by_role("button", name="Send to the queue").click()
    expect(page.locator("#chore")).to_contain_text("not begun yet")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#chore")).to_contain_text("nothing was put into the queue")

    page.goto("/p/tags/queue/")
    page.get_by_label("Size of the sample").fill("40")
    page.get_by_role("button", name="Send to the queue").click()
    sent_elsewhere()
    with worker(environment):
        wait_until(lambda: reloaded(page).endswith("Back to the queue"), "it is drawn")
    expect(page.locator("#chore")).to_contain_text("40 items added to the queue")
    assert project.queue.count() == 40
