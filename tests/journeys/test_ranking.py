"""Ranking the candidates of a group as a person does: by keyboard alone, under a finger, without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from annotations.choices import ProjectKind, RaterKind, Role
from annotations.models import Assignment, Item, Judgement, Project, User
from annotations.rubrics import MOST_RANKED, load_rubric
from annotations.services.queue import queue_items
from tests.factories import judge_item, make_group, make_member, make_project, make_rater
from tests.journeys.conftest import PHONE, NewContext, sign_in
from tests.journeys.states import State, opened
from tests.journeys.test_review import CONTEXT
from tests.journeys.test_review_sitting import MOST_BYTES, weighed
from tests.journeys.visits import visit_all
from tests.screenshots.pages import PageToSee

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BELOW = MOST_RANKED


def groups_to_rank(*sizes: int, slug: str | None = None) -> tuple[Project, User]:
    project = make_project(slug, load_rubric("ranking"), kind=ProjectKind.EXPLANATION)
    for number, size in enumerate(sizes, 1):
        make_group(project, size, f"group-{number}", context=CONTEXT)
    queue_items(project=project)
    return project, make_member(project, name="ann")


def stored(user: User) -> list[tuple[str, list[int | None]]]:
    """Of the last turn: each candidate's words and place, in the order in which they were shown."""
    turn = Assignment.objects.filter(rater__user=user, judgement__isnull=False).latest("finished_at")
    live = dict(Judgement.objects.live().filter(rater__user=user).values_list("item", "levels"))
    assert turn.shown_order is not None
    items = Item.objects.in_bulk(turn.shown_order)
    return [(items[item].candidates[0]["text"], live[item]) for item in turn.shown_order]


def shown(page: Page) -> list[str]:
    return page.locator(".ranked .candidate__headline").all_inner_texts()


def test_groups_are_ranked_by_keyboard_alone(page: Page) -> None:
    project, user = groups_to_rank(4, 4)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    standing, said = page.locator("[data-standing]"), page.locator("#review-said")
    expect(page.locator("[name=level-0]").first).to_be_focused()
    expect(standing).to_have_text("without a place A B C D")
    texts = shown(page)

    page.keyboard.press("2")  # A, and on to B
    expect(said).to_have_text("Candidate A: place 2")
    page.keyboard.press("1")  # B
    page.keyboard.press("2")  # C beside A
    expect(said).to_have_text("Candidate C: place 2, tied with A")
    page.keyboard.press("0")  # D
    expect(standing.locator(".standing")).to_have_text(["1 B", "2 A = C", "below the line D"])
    expect(page.locator(".review__submit")).to_be_focused()

    page.locator("[data-candidate=C] input:checked").focus()
    page.keyboard.press("Shift+ArrowUp")  # out of the tie, before A
    expect(standing.locator(".standing")).to_have_text(["1 B", "2 C", "3 A", "below the line D"])
    page.keyboard.press("[")
    expect(standing.locator(".standing")).to_have_text(["1 C", "2 B", "3 A", "below the line D"])
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowUp")  # B
    page.keyboard.press("ArrowUp")  # A
    page.keyboard.press("=")
    expect(standing.locator(".standing")).to_have_text(["1 B", "2 A = C", "below the line D"])
    expect(said).to_have_text("Candidate A: place 2, tied with C")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")  # D
    page.keyboard.press("Delete")
    expect(standing.locator(".standing")).to_have_text(["1 B", "2 A = C", "without a place D"])

    page.keyboard.press("Enter")
    expect(said).to_have_text("Still open: Candidate D")
    expect(page.locator("[name=level-3]").first).to_be_focused()
    assert not Judgement.objects.exists()
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Saved")

    assert stored(user) == [(texts[0], [1]), (texts[1], [0]), (texts[2], [1]), (texts[3], [BELOW])]


def test_a_ranking_is_taken_back_and_changed(page: Page) -> None:
    project, user = groups_to_rank(2, 2)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    page.keyboard.press("z")
    expect(page.locator(".review--changing")).to_be_visible()
    expect(page.locator("[data-standing] .standing")).to_have_text(["1 A", "2 B"])
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Changed")

    assert [levels for _, levels in stored(user)] == [[1], [0]]
    assert Judgement.objects.count() == 4


def test_a_ranking_half_done_survives_a_reload(page: Page) -> None:
    project, user = groups_to_rank(3)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    page.keyboard.press("2")
    page.keyboard.press("1")
    texts = shown(page)
    page.reload()
    assert shown(page) == texts
    expect(page.locator("[data-standing] .standing")).to_have_text(["1 B", "2 A", "without a place C"])
    expect(page.locator("[name=level-2]").first).to_be_focused()


def test_the_judges_order_comes_beside_ones_own_and_not_before(page: Page) -> None:
    project, user = groups_to_rank(2, 2)
    judge = make_rater(project, RaterKind.JUDGE, "side by side")
    for item in Item.objects.filter(project=project):
        judge_item(judge, item, (0,), rationale="Both are right.")
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    assert "side by side" not in page.content()
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".finished")).to_contain_text("differs on Candidate B")
    expect(page.locator("#comparison .differs")).to_have_text("1")


def test_a_group_is_ranked_on_a_phone_by_touch(new_context: NewContext) -> None:
    project, user = groups_to_rank(3)
    page = new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    standing = page.locator("[data-standing] .standing")
    page.get_by_role("button", name="Candidate C up", exact=True).tap()
    page.get_by_role("button", name="Candidate A up", exact=True).tap()
    page.get_by_role("button", name="Candidate A up", exact=True).tap()
    expect(standing).to_have_text(["1 A", "2 C", "without a place B"])
    page.get_by_role("button", name="Tie candidate B upwards").tap()
    expect(standing).to_have_text(["1 A", "2 B = C"])
    page.locator("[data-candidate=B] .below").tap()
    expect(standing).to_have_text(["1 A", "2 C", "below the line B"])
    for control in page.locator(".ranked :is(.level, [data-moves])").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Submit").tap()
    expect(page.get_by_role("heading", name="Everything is done")).to_be_visible()

    assert [levels for _, levels in stored(user)] == [[0], [BELOW], [1]]


def test_a_group_is_ranked_without_scripts(new_context: NewContext) -> None:
    project, user = groups_to_rank(3)
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    expect(page.get_by_role("button", name="Candidate A up", exact=True)).to_be_hidden()
    first = page.get_by_role("group", name="Candidate A")
    first.get_by_role("radio", name="3").check()
    page.get_by_role("group", name="Candidate B").get_by_role("radio", name="1").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("Still open: Candidate C.")
    expect(first.get_by_role("radio", name="3")).to_be_checked()
    page.get_by_role("group", name="Candidate C").get_by_role("radio", name="3").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Everything is done")).to_be_visible()

    assert [levels for _, levels in stored(user)] == [[1], [0], [1]]


def placed(page: Page) -> None:
    page.locator("[name=level-0]").first.focus()  # where a draft of before does not begin
    for key in "2210":
        page.keyboard.press(key)
    expect(page.locator("[data-standing] .standing")).to_have_text(["1 C", "2 A = B", "below the line D"])


def sent_half_done(page: Page) -> None:
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(".ranked.criterion--missing")).to_have_count(3)


def compared(page: Page) -> None:
    placed(page)
    page.keyboard.press("Enter")
    expect(page.locator("#comparison")).to_be_visible()


def test_ranking_is_for_everybody(browser: Browser, live_server: LiveServer) -> None:
    project, _ = groups_to_rank(4, 4, 4, slug="to-rank")
    judge = make_rater(project, RaterKind.JUDGE, "side by side")
    for item in Item.objects.filter(project=project):
        judge_item(judge, item, (0,), rationale="Both are right.")
    for role in Role:
        make_member(project, role, name=role)
    page = PageToSee("annotations:review", Role.ANNOTATOR, project="to-rank")
    states = (
        State(page),
        State(page, "half done", sent_half_done),
        State(page, "definition", opened(".ranking__head summary")),
        State(page, "keys", lambda shown: shown.keyboard.press("?")),
        State(page, "compared", compared),
        State(PageToSee("annotations:my-work", Role.ANNOTATOR, project="to-rank")),
    )
    faults = visit_all(browser, live_server.url, states)
    assert not faults, "\n".join(f"{check}: {fault}" for check, found in faults.items() for fault in found)


def test_the_page_of_as_many_candidates_as_may_be_weighs_less_than_150_kb(page: Page) -> None:
    project, user = groups_to_rank(MOST_RANKED, MOST_RANKED)
    sign_in(page, user)
    weights = weighed(page, f"/p/{project.slug}/review/")

    assert any(url.endswith("ranking.js") for url in weights)
    assert sum(weights.values()) < MOST_BYTES, weights
