"""Answers on a bad network: nothing is called saved before it is, nothing is lost, nothing is stored twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from annotations.choices import AssignmentStatus
from annotations.models import Assignment, Judgement
from annotations.services.rubrics import add_rubric_version
from tests.factories import rubric_spec
from tests.journeys.conftest import NewContext, sign_in
from tests.journeys.test_review import tags_to_review

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page whose console may tell of the network."""
    return new_context().new_page()


def item_on_screen(page: Page) -> str | None:
    return page.locator("#review").get_attribute("data-item")


def wait_for_the_item_ahead(page: Page, path: str) -> None:
    with page.expect_response("**/ahead/"):
        page.goto(path)


def test_the_next_item_is_there_before_the_answer_is_stored(page: Page) -> None:
    project, user = tags_to_review(3)
    sign_in(page, user)
    wait_for_the_item_ahead(page, f"/p/{project.slug}/review/")
    held_back: list[Route] = []

    def hold_back(route: Route) -> None:
        held_back.append(route)

    page.route("**/submit/", hold_back)
    first = item_on_screen(page)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator("#review")).not_to_have_attribute("data-item", first or "")
    expect(page.locator(".finished__saved")).to_have_text("Saving")
    expect(page.get_by_text("0 today")).to_be_visible()
    assert not Judgement.objects.filter(rater__user=user).exists()
    held_back[0].continue_()
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    expect(page.get_by_text("1 today")).to_be_visible()
    assert Judgement.objects.filter(rater__user=user).count() == 1


def test_an_answer_whose_confirmation_was_lost_is_sent_again_and_stored_once(page: Page) -> None:
    project, user = tags_to_review(3)
    sign_in(page, user)
    wait_for_the_item_ahead(page, f"/p/{project.slug}/review/")
    sent = []

    def lose_the_first_reply(route: Route) -> None:
        reply = route.fetch()
        sent.append(reply.status)
        if len(sent) == 1:
            route.abort()
        else:
            route.fulfill(response=reply)

    page.route("**/submit/", lose_the_first_reply)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Waiting for the network")
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    assert sent == [200, 200]
    assert Judgement.objects.filter(rater__user=user).count() == 1


def test_a_cut_in_the_middle_of_a_submit_ends_with_one_stored_answer(page: Page) -> None:
    project, user = tags_to_review(3)
    sign_in(page, user)
    wait_for_the_item_ahead(page, f"/p/{project.slug}/review/")
    page.context.set_offline(True)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Waiting for the network")
    expect(page.locator(".finished")).to_contain_text("kept in this browser")
    # The one ahead can be answered too; after it there is nothing to show.
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".review--waiting")).to_be_visible()
    assert not Judgement.objects.filter(rater__user=user).exists()
    page.context.set_offline(False)
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    expect(page.get_by_text("2 today")).to_be_visible()
    expect(page.locator(".review--waiting")).to_have_count(0)
    assert Judgement.objects.filter(rater__user=user).count() == 2
    assert Assignment.objects.filter(rater__user=user, status=AssignmentStatus.DONE).count() == 2


def test_an_unsent_answer_survives_a_reload_and_is_sent_then(page: Page) -> None:
    project, user = tags_to_review(3)
    sign_in(page, user)
    wait_for_the_item_ahead(page, f"/p/{project.slug}/review/")
    first = item_on_screen(page)
    page.route("**/submit/", lambda route: route.abort())
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Waiting for the network")
    page.unroute("**/submit/")
    page.reload()
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    expect(page.locator("#review")).not_to_have_attribute("data-item", first or "")
    [judgement] = Judgement.objects.filter(rater__user=user)
    assert (judgement.item.external_id, judgement.levels) == (first, [0, 0, 0, 0])


def test_a_draft_survives_a_reload(page: Page) -> None:
    project, user = tags_to_review(2)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    page.keyboard.press("2")
    page.keyboard.press("n")
    page.keyboard.type("thin")
    page.reload()
    expect(page.locator("[name=level-0]").nth(1)).to_be_checked()
    expect(page.locator("#rationale")).to_have_value("thin")
    expect(page.locator("[name=level-1]").first).to_be_focused()


def test_a_refused_answer_comes_back_with_what_was_chosen(page: Page) -> None:
    project, user = tags_to_review(3)
    sign_in(page, user)
    wait_for_the_item_ahead(page, f"/p/{project.slug}/review/")
    first = item_on_screen(page)
    add_rubric_version(project=project, spec=rubric_spec(n_criteria=3))
    page.keyboard.press("n")
    page.keyboard.type("thin")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Not stored")
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("#review")).to_have_attribute("data-item", first or "")
    expect(page.get_by_role("alert").first).to_contain_text("The rubric changed")
    expect(page.locator("#rationale")).to_have_value("thin")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    [judgement] = Judgement.objects.filter(rater__user=user)
    assert (judgement.levels, judgement.rationale) == ([0, 0, 0], "thin")


def test_an_answer_refused_before_another_item_came_is_back_at_once(page: Page) -> None:
    project, user = tags_to_review(2)
    sign_in(page, user)
    page.route("**/ahead/", lambda route: route.abort())
    page.goto(f"/p/{project.slug}/review/")
    first = item_on_screen(page)
    add_rubric_version(project=project, spec=rubric_spec(n_criteria=3))
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Not stored")
    expect(page.get_by_role("alert").get_by_text("The rubric changed")).to_be_visible()
    expect(page.locator("#review")).to_have_attribute("data-item", first or "")
    expect(page.get_by_role("button", name="Show it")).to_have_count(0)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    [judgement] = Judgement.objects.filter(rater__user=user)
    assert (judgement.item.external_id, judgement.levels) == (first, [0, 0, 0])


def test_going_back_across_a_submit_shows_the_answer_and_stores_a_revision(page: Page) -> None:
    project, user = tags_to_review(4)
    sign_in(page, user)
    wait_for_the_item_ahead(page, f"/p/{project.slug}/review/")
    items = []
    for key in ("1112", "1121"):
        items.append(item_on_screen(page))
        for level in key:
            page.keyboard.press(level)
        page.keyboard.press("Enter")
        expect(page.locator(".finished__saved")).to_have_text("Saved")
    third = item_on_screen(page)
    page.keyboard.press("z")
    expect(page.locator("#review")).to_have_attribute("data-item", items[1] or "")
    expect(page.locator("[name=level-2]").nth(1)).to_be_checked()
    page.keyboard.press("z")
    expect(page.locator("#review")).to_have_attribute("data-item", items[0] or "")
    page.keyboard.press("Escape")
    expect(page.locator("#review")).to_have_attribute("data-item", third or "")
    page.keyboard.press("z")
    page.locator("[name=level-0]").first.focus()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("#review")).to_have_attribute("data-item", third or "")
    expect(page.locator(".finished__saved")).to_have_text("Changed")
    newest = Judgement.objects.newest().filter(rater__user=user, item__external_id=items[1]).order_by("-pk")[0]
    assert newest.levels == [1, 0, 1, 0]


def test_an_answer_that_was_not_sent_yet_is_taken_back_as_if_it_never_was(page: Page) -> None:
    project, user = tags_to_review(3)
    sign_in(page, user)
    wait_for_the_item_ahead(page, f"/p/{project.slug}/review/")
    first = item_on_screen(page)
    page.context.set_offline(True)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Waiting for the network")
    page.keyboard.press("z")
    expect(page.locator("#review")).to_have_attribute("data-item", first or "")
    page.context.set_offline(False)
    page.locator("[name=level-3]").first.focus()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    [judgement] = Judgement.objects.filter(rater__user=user)
    assert (judgement.levels, judgement.supersedes_id) == ([0, 0, 0, 1], None)
