"""What makes a day at the page bearable: lookups, marks, own keys, swipes, and a page that weighs little."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, Response, expect

from annotations.choices import AssignmentStatus, Order
from annotations.models import Assignment, Judgement, Project, User
from annotations.rubrics import load_rubric
from annotations.services.queue import queue_items
from tests.factories import make_items, make_member, make_project
from tests.journeys.conftest import PHONE, NewContext, sign_in
from tests.journeys.test_review import tags_to_review

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_BYTES = 150_000

ACTIONS = ("bought", "searched for", "clicked")
THINGS = ("trekking poles", "rain shell", "tent for two")
LONG_DAY = {
    "behaviour": [
        {"date": f"2026-{11 - n // 10:02d}-{28 - n % 10:02d}", "action": ACTIONS[n % 3], "items": [THINGS[n % 3]]}
        for n in range(30)
    ]
}


def long_evidence(n: int) -> tuple[Project, User]:
    project = make_project(spec=load_rubric("tag"))
    make_items(
        project, n, context=LONG_DAY, candidates=[{"tag": "hiking boots 👟", "reason": "👟 bought poles for a trek"}]
    )
    queue_items(project=project, order=Order.GIVEN)
    return project, make_member(project, name="ann")


def test_the_evidence_is_searched_and_filtered_by_key_and_by_button(page: Page) -> None:
    project, user = long_evidence(1)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    entries = page.locator("[data-entry]:visible")
    expect(entries).to_have_count(20)  # the rest is folded
    page.keyboard.press("/")
    page.keyboard.type("rain")
    expect(entries).to_have_count(10)
    expect(page.locator(".lookup__found")).to_have_text("10 found")
    page.keyboard.press("Escape")
    expect(entries).to_have_count(20)
    expect(page.locator("[name=level-0]").first).to_be_focused()
    page.get_by_role("button", name="bought", exact=True).click()
    expect(entries).to_have_count(10)
    page.get_by_role("button", name="all", exact=True).click()
    page.get_by_text("Everything: 30").click()
    expect(entries).to_have_count(30)


def test_shared_words_are_marked_and_one_key_hides_the_marks(page: Page) -> None:
    project, user = long_evidence(1)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    marks = page.locator(".candidate mark.shared")
    expect(marks).to_have_text(["bought", "poles"])
    assert "underline" in marks.last.evaluate("mark => getComputedStyle(mark).textDecorationLine")
    page.keyboard.press("m")
    assert marks.last.evaluate("mark => getComputedStyle(mark).textDecorationLine") == "none"
    page.reload()
    assert marks.last.evaluate("mark => getComputedStyle(mark).textDecorationLine") == "none"


def test_selected_words_are_stored_with_the_answer(page: Page) -> None:
    project, user = long_evidence(2)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    select = """([where, text]) => {
      const parts = [...document.querySelectorAll(`${where} [data-place]`)];
      const at = parts.find((part) => part.textContent.includes(text));
      const walker = document.createTreeWalker(at, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const start = node.data.indexOf(text);
        if (start >= 0) getSelection().setBaseAndExtent(node, start, node, start + text.length);
      }
    }"""
    for where, text in ((".candidate", "poles"), (".evidence", "rain shell")):
        page.evaluate(select, [where, text])
        page.keyboard.press("h")
    page.evaluate(select, [".candidate", "trek"])
    page.get_by_role("button", name="Mark the selection").click()
    expect(page.locator(".chosen__word")).to_have_text(["poles", "rain shell", "trek"])
    page.get_by_role("button", name="Remove: trek").click()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    assert Judgement.objects.get(rater__user=user).highlights == [
        {"in": "candidate.0.reason", "from": 9, "to": 14, "text": "poles"},
        {"in": "context.behaviour.1.items.0", "from": 0, "to": 10, "text": "rain shell"},
    ]


def test_keys_that_were_bound_anew_work_and_the_usual_ones_rest(page: Page) -> None:
    project, user = tags_to_review(2)
    User.objects.filter(pk=user.pk).update(review_keys={"all_pass": "p"})
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    page.keyboard.press("a")
    expect(page.locator("#annotation input:checked")).to_have_count(0)
    page.keyboard.press("p")
    expect(page.locator("#annotation input:checked")).to_have_count(4)


def test_the_last_choice_submits_for_whoever_wants_it(page: Page) -> None:
    project, user = tags_to_review(2)
    User.objects.filter(pk=user.pk).update(submits_alone=True)
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    for key in "1111":
        page.keyboard.press(key)
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    assert Judgement.objects.get(rater__user=user).levels == [0, 0, 0, 0]


def test_a_sitting_by_touch(new_context: NewContext) -> None:
    project, user = tags_to_review(3)
    page = new_context(viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce").new_page()
    sign_in(page, user)
    page.goto(f"/p/{project.slug}/review/")
    expect(page.locator(".evidence")).not_to_have_attribute("open", "")
    swipe(page, from_x=80, to_x=300)
    expect(page.locator("#annotation input:checked")).to_have_count(4)
    page.get_by_role("button", name="Submit").click()  # a tap right after a made-up fling only ends the fling
    expect(page.locator(".finished__saved")).to_have_text("Saved")
    swipe(page, from_x=300, to_x=80)
    expect(page.locator("#skip")).to_be_visible()
    page.get_by_role("button", name="Skip this item").click()
    expect(page.locator(".finished__saved")).to_have_text("Skipped")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert Judgement.objects.filter(rater__user=user).count() == 1
    assert Assignment.objects.filter(rater__user=user, status=AssignmentStatus.SKIPPED).count() == 1


def swipe(page: Page, *, from_x: int, to_x: int) -> None:
    """With one finger over the candidate, as the browser itself makes of it."""
    touch = page.context.new_cdp_session(page)
    box = page.locator(".candidate").bounding_box()
    assert box is not None
    y = box["y"] + 40
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": from_x, "y": y}]})
    for step in range(1, 5):
        x = from_x + (to_x - from_x) * step / 4
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def test_the_projects_figure_is_asked_for_again_after_some_minutes_of_work(page: Page) -> None:
    project, user = tags_to_review(8)
    sign_in(page, user)
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/progress/" in request.url else None)
    page.goto(f"/p/{project.slug}/review/")
    done = page.locator("[data-project-figure=n_done]")
    for n in range(3):
        expect(done).to_have_text("0")
        page.keyboard.press("a")
        page.keyboard.press("Enter")
        expect(page.locator("[data-today]")).to_have_text(str(n + 1))
    assert asked == []
    cache.clear()
    page.clock.fast_forward("06:00")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(done).to_have_text("4")
    assert len(asked) == 1


def weighed(page: Page, path: str) -> dict[str, int]:
    """Bytes of what the page is made of, with the item after the first, by address; all of this host."""
    weights: dict[str, int] = {}

    def weigh(response: Response) -> None:
        kind = response.headers.get("content-type", "")
        if any(what in kind for what in ("html", "css", "javascript")):
            weights[response.url] = len(response.body())

    page.on("response", weigh)
    with page.expect_response("**/ahead/"):
        page.goto(path)
    page.wait_for_load_state("networkidle")
    origin = page.evaluate("location.origin")
    assert all(url.startswith(origin) for url in weights)
    assert len(weights) > 20
    return weights


def test_the_page_weighs_less_than_150_kb_and_asks_no_other_host(page: Page) -> None:
    project, user = long_evidence(2)
    sign_in(page, user)
    weights = weighed(page, f"/p/{project.slug}/review/")

    assert not any(url.endswith("ranking.js") for url in weights)
    assert sum(weights.values()) < MOST_BYTES, weights
