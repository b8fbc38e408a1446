"""Going anywhere by name: by keyboard, by touch, without scripts, and where the network is gone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from annotations.choices import Order, Role
from annotations.models import Judgement, Project, User
from annotations.services.queue import queue_items
from tests.factories import make_items, make_member, make_project
from tests.journeys.conftest import PHONE, NewContext, sign_in
from tests.journeys.keyboard import press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags", name="Intent tags")


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Found").get_by_role("option")


def palette(page: Page) -> None:
    expect(page.get_by_role("dialog", name="Search")).to_be_visible()
    expect(options(page).first).to_have_attribute("aria-selected", "true")


def test_a_lead_goes_to_a_page_and_to_an_item_by_name(page: Page, project: Project, lead: User) -> None:
    item = make_items(project, 3)[1]
    sign_in(page, lead)
    page.goto("/p/tags/")
    page.keyboard.press("Control+k")
    palette(page)
    page.keyboard.type("agreem")
    expect(options(page)).to_have_count(2)  # the page, and items with these words
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/tags/agreement/")

    page.keyboard.press("/")
    palette(page)
    page.keyboard.type(item.external_id)
    page.keyboard.press("Enter")  # before the list has come: what is typed is meant
    page.wait_for_url(f"**/p/tags/items/{item.pk}/")


def test_arrows_choose_and_escape_gives_the_focus_back(page: Page, project: Project, lead: User) -> None:
    sign_in(page, lead)
    page.goto("/p/tags/people/")
    link = page.locator(".rail").get_by_role("link", name="Rubric")
    link.focus()
    page.keyboard.press("Control+k")
    palette(page)
    found = options(page)
    page.keyboard.press("ArrowUp")  # round to the last
    expect(found.last).to_have_attribute("aria-selected", "true")
    expect(found.last).to_be_in_viewport()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(found.nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".palette__field")).to_have_attribute("aria-activedescendant", "palette-option-1")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(link).to_be_focused()


def test_a_command_comes_back_to_the_page(page: Page, project: Project, lead: User) -> None:
    sign_in(page, lead)
    page.goto("/p/tags/items/?text=boots")
    page.keyboard.press("Control+k")
    page.keyboard.type("dark theme")
    expect(page.get_by_role("option", name="Theme: Dark")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url(f"{page.url.split('/p/')[0]}/p/tags/items/?text=boots")


def test_the_keys_of_the_review_page_rest_under_it(page: Page, project: Project) -> None:
    behaviour = [{"date": f"2026-10-{day}", "action": "bought", "items": ["poles"]} for day in range(10, 31)]
    make_items(project, 2, context={"behaviour": behaviour})
    queue_items(project=project, order=Order.GIVEN)
    sign_in(page, make_member(project, Role.ANNOTATOR))
    page.goto("/p/tags/review/")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()  # the page's own search
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    palette(page)
    page.keyboard.type("1 a s")
    expect(page.get_by_role("dialog", name="Search").get_by_role("combobox")).to_have_value("1 a s")
    page.keyboard.press("Escape")
    expect(page.locator("#annotation input:checked")).to_have_count(0)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    assert Judgement.objects.count() == 1


def test_a_network_that_is_gone_is_said_and_tried_again(new_context: NewContext, project: Project, lead: User) -> None:
    context = new_context()
    page = context.new_page()
    sign_in(page, lead)
    page.goto("/p/tags/")
    context.set_offline(True)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("status", name="Found")).to_contain_text("The server could not be reached")
    context.set_offline(False)
    page.keyboard.type("runs")
    expect(page.get_by_role("option", name="Runs", exact=True)).to_be_visible()


def test_by_touch(new_context: NewContext, project: Project, lead: User) -> None:
    page = new_context(viewport=PHONE, has_touch=True).new_page()
    sign_in(page, lead)
    page.goto("/p/tags/")
    page.get_by_role("link", name="Search").tap()
    page.get_by_role("combobox").fill("guide")
    expect(page.get_by_role("option", name="Items with “guide”")).to_be_visible()  # the list stands still from now on
    page.get_by_role("option", name="Guidelines", exact=True).tap()
    page.wait_for_url("**/p/tags/guidelines/")


def test_without_javascript_it_is_a_page(new_context: NewContext, project: Project, lead: User) -> None:
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, lead)
    page.goto("/p/tags/")
    press(page, page.get_by_role("link", name="Search"))
    page.wait_for_url("**/p/tags/find/")
    page.keyboard.type("data sets")  # the field has the focus
    page.keyboard.press("Enter")
    press(page, page.get_by_role("main").get_by_role("link", name="Data sets", exact=True))
    page.wait_for_url("**/p/tags/datasets/")
