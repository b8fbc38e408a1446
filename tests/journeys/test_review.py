"""Reviewing as a person does: by keyboard alone, without scripts, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from annotations.choices import Order, ProjectKind, Purpose, RaterKind, SecondLook
from annotations.models import Assignment, Judgement, Project, User
from annotations.rubrics import load_rubric
from annotations.services.queue import queue_items
from tests.factories import judge_item, make_items, make_member, make_project, make_rater
from tests.journeys.conftest import PHONE, NewContext, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONTEXT = {
    "attributes": {"age": "25–34", "place": "Hangzhou"},
    "interests": ["hiking", "camping"],
    "behaviour": [
        {"date": "2026-11-03", "action": "bought", "items": ["trekking poles"]},
        {"date": "2026-10", "action": "searched for", "items": ["rain shell", "tent for two"]},
    ],
    "date": "2026-11-20",
}


def tags_to_review(n: int) -> tuple[Project, User]:
    project = make_project(spec=load_rubric("tag"))
    items = make_items(project, n, context=CONTEXT)
    queue_items(project=project, order=Order.GIVEN)
    judge = make_rater(project, RaterKind.JUDGE, "baseline v1")
    for item in items:
        judge_item(judge, item, (0, 0, 0, 1), rationale="Poles and boots go together.")
    return project, make_member(project, name="ann")


def test_ten_items_by_keyboard_alone(page: Page) -> None:
    project, user = tags_to_review(10)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    for n in range(10):
        expect(page.locator("[data-criterion]").first.locator("input").first).to_be_focused()
        expect(page.get_by_text(f"{n} today")).to_be_visible()
        if n == 9:
            page.keyboard.press("a")
        else:
            for key in "1121":
                page.keyboard.press(key)
        expect(page.locator(".review__submit")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".finished__saved")).to_have_text("Saved")
        expect(page.get_by_text(f"{n + 1} today")).to_be_visible()
    expect(page.get_by_role("heading", name="Everything is done")).to_be_visible()
    levels = list(Judgement.objects.filter(rater__user=user).order_by("pk").values_list("levels", flat=True))
    assert levels == [[0, 0, 1, 0]] * 9 + [[0, 0, 0, 0]]
    assert Judgement.objects.filter(rater__user=user, seconds__gt=0).count() == 10


def test_the_judge_appears_beside_ones_own_answer_and_not_before(page: Page) -> None:
    project, user = tags_to_review(2)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    assert "baseline" not in page.content()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished")).to_contain_text("differs on Validity")
    comparison = page.locator("#comparison")
    expect(comparison).to_contain_text("Poles and boots go together.")
    expect(comparison.locator(".differs")).to_have_text("Invalid Tag")
    page.keyboard.press("k")
    expect(comparison).to_be_hidden()
    expect(page.locator(".finished__saved")).to_have_text("Kept")
    assert Assignment.objects.get(judgement__rater__user=user).second_look == SecondLook.KEPT


def test_revising_after_the_judge_was_shown_stands_beside_the_first_answer(page: Page) -> None:
    project, user = tags_to_review(3)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished")).to_contain_text("differs on Validity")
    page.keyboard.press("r")
    expect(page.locator(".review--changing")).to_be_visible()
    expect(page.locator("#comparison")).to_contain_text("Poles and boots go together.")
    page.locator("[name=level-3]").first.focus()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Changed")
    first, second = Judgement.objects.filter(rater__user=user).order_by("pk")
    assert (first.levels, first.purpose) == ([0, 0, 0, 0], Purpose.WORK)
    assert (second.levels, second.purpose) == ([0, 0, 0, 1], Purpose.SECOND)


def test_keys_rest_while_one_types_and_enter_alone_sends_nothing_half_done(page: Page) -> None:
    project, user = tags_to_review(1)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    page.keyboard.press("n")
    page.keyboard.type("1 2 a s ?")
    expect(page.locator("#rationale")).to_have_value("1 2 a s ?")
    expect(page.locator("#annotation input:checked")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".criterion--missing")).to_have_count(3)
    expect(page.locator("[name=level-1]").first).to_be_focused()
    assert not Judgement.objects.filter(rater__user=user).exists()


def test_sheets_open_and_close_by_key_and_give_the_focus_back(page: Page) -> None:
    project, user = tags_to_review(1)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    first = page.locator("[data-criterion] input").first
    for key, sheet in (("?", "#keys"), ("g", "#guidelines"), ("s", "#skip")):
        page.keyboard.press(key)
        expect(page.locator(sheet)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(sheet)).to_be_hidden()
        expect(first).to_be_focused()
    page.keyboard.press("d")
    expect(page.get_by_text("Does the tag serve the interest it was made for?")).to_be_visible()


def test_skipping_by_keyboard(page: Page) -> None:
    project, user = tags_to_review(2)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    page.keyboard.press("s")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Skipped")
    assert Assignment.objects.get(status="skipped").skip_reason == "broken"


def test_a_pair_is_compared_by_its_letters_in_the_order_of_the_lot(page: Page) -> None:
    project = make_project(spec=load_rubric("preference"), kind=ProjectKind.PREFERENCE)
    make_items(project, 8, candidates=[{"text": "Dry feet."}, {"text": "Best ever."}])
    queue_items(project=project)
    user = make_member(project)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    firsts = []
    for n in range(1, 9):
        expect(page.locator("#review")).to_have_attribute("data-turn", re.compile(r"\d"))
        firsts.append(page.locator(".candidate__headline").first.inner_text())
        page.keyboard.press("t" if n == 8 else "a")  # the only criterion: its choice submits
        expect(page.get_by_text(f"{n} today")).to_be_visible()
    assert len(set(firsts)) == 2
    given = [levels for [levels] in Judgement.objects.order_by("pk").values_list("levels")]
    assert given == [[0 if first == "Dry feet." else 1] for first in firsts[:7]] + [[2]]
    turns = Assignment.objects.order_by("pk").values_list("is_swapped", flat=True)
    assert list(turns) == [first == "Best ever." for first in firsts]


def test_nothing_below_the_bar_moves_when_the_next_item_comes(page: Page) -> None:
    project, user = tags_to_review(3)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    keys = page.locator("[data-criterion] .level")
    before = [keys.nth(n).bounding_box() for n in range(8)]
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_be_visible()
    assert [keys.nth(n).bounding_box() for n in range(8)] == before


def test_the_usual_item_fits_a_desk_without_scrolling(page: Page) -> None:
    project, user = tags_to_review(1)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    for part in (":root", ".review__evidence", ".review__work"):
        assert page.eval_on_selector(part, "part => part.scrollHeight <= part.clientHeight"), part


def test_the_journey_without_scripts(new_context: NewContext) -> None:
    project, user = tags_to_review(2)
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    page.get_by_role("radio", name="Weak Relevance").check(force=True)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("Still open: Consistency, Specificity, Validity")
    expect(page.get_by_role("radio", name="Weak Relevance")).to_be_checked()
    for position in (1, 2, 3):
        page.locator(f"[name=level-{position}]").first.check(force=True)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    page.get_by_role("button", name="Skip S").click()
    page.get_by_role("button", name="Skip this item").click()
    expect(page.get_by_role("heading", name="You have done your part")).to_be_visible()
    [judgement] = Judgement.objects.filter(rater__user=user)
    assert (judgement.levels, judgement.seconds) == ([1, 0, 0, 0], None)


def test_on_a_phone_every_target_is_large_and_nothing_runs_over_the_edge(new_context: NewContext) -> None:
    project, user = tags_to_review(2)
    page = new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    targets = page.locator("#review .level, #review summary, #review .review__foot .button")
    for target in targets.all():
        box = target.bounding_box()
        if box is not None:
            assert box["height"] >= 44, target.inner_text()
    page.get_by_text("Evidence", exact=True).tap()
    expect(page.get_by_text("trekking poles")).to_be_visible()
    page.get_by_role("button", name="All pass").tap()
    page.get_by_role("button", name="Submit").tap()
    expect(page.locator(".finished__saved")).to_have_text("Saved")
