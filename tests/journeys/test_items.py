"""The list of items in a browser: by keyboard alone, and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotations.choices import Order, Role
from annotations.models import Item, Project, QueuedItem, User
from annotations.services.queue import queue_items
from tests.factories import make_items, make_member, make_project
from tests.journeys.conftest import NewContext, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


@pytest.fixture
def items(project: Project) -> list[Item]:
    items = make_items(project, 4)
    queue_items(project=project, order=Order.GIVEN)
    return items


def urgent() -> set[int]:
    return set(QueuedItem.objects.filter(urgency__gt=0).values_list("pk", flat=True))


def test_rows_are_moved_along_ticked_and_opened_by_keys(page: Page, lead: User, items: list[Item]) -> None:
    sign_in(page, lead)
    page.goto("/p/tags/items/")
    keyboard = page.keyboard
    keyboard.press("j")
    keyboard.press("x")
    expect(page.get_by_role("checkbox", name=items[0].external_id)).to_be_checked()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("k")
    keyboard.press("x")
    expect(page.get_by_role("checkbox", name=items[1].external_id)).to_be_checked()
    expect(page.locator("[data-ticked]")).to_have_text("· 2")
    page.get_by_label("do", exact=True).select_option("urgent")
    page.get_by_role("button", name="Look at it").press("Enter")
    expect(page.get_by_role("heading", name="2 items will change")).to_be_visible()
    page.get_by_role("button", name="Make urgent").press("Enter")
    expect(page.get_by_text("2 items were changed.")).to_be_visible()
    assert urgent() == {items[0].pk, items[1].pk}

    page.get_by_label("Text or id").press_sequentially("jx")  # keys are off while typing
    expect(page.get_by_label("Text or id")).to_have_value("jx")
    page.goto("/p/tags/items/")
    keyboard.press("j")
    keyboard.press("o")
    expect(page.get_by_role("heading", level=1, name=items[0].external_id)).to_be_visible()


def test_all_on_the_page_are_ticked_at_once(page: Page, lead: User, items: list[Item]) -> None:
    sign_in(page, lead)
    page.goto("/p/tags/items/")
    every = page.get_by_role("checkbox", name="all on this page")
    every.check()
    expect(page.locator("input[name=item]:checked")).to_have_count(4)
    page.get_by_role("checkbox", name=items[2].external_id).uncheck()
    expect(every).not_to_be_checked()
    assert every.evaluate("box => box.indeterminate")


def test_items_are_filtered_and_changed_without_javascript(
    new_context: NewContext, lead: User, items: list[Item]
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, lead)
    page.goto("/p/tags/items/")
    page.get_by_text("More filters").click()
    page.get_by_label("Queue from").fill("3")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text("2 items fit")).to_be_visible()
    page.get_by_label("With", exact=True).select_option("all")
    page.get_by_label("do", exact=True).select_option("urgent")
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Make urgent").click()
    expect(page.get_by_text("2 items were changed.")).to_be_visible()
    assert urgent() == {items[2].pk, items[3].pk}
    page.get_by_role("link", name="Queue from 3").click()
    expect(page.locator("[data-row]")).to_have_count(4)


def test_after_filtering_the_keys_move_along_the_rows_at_once(page: Page, lead: User, items: list[Item]) -> None:
    sign_in(page, lead)
    page.goto("/p/tags/items/")
    page.get_by_label("Text or id").fill(items[2].external_id)
    page.keyboard.press("Enter")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.get_by_role("button", name="Filter", exact=True)).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-row] a").first).to_be_focused()
