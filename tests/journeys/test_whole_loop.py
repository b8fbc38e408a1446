"""From the sign-in page to the figures, and a run by a worker of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from annotations.choices import Role
from annotations.models import Judgement
from annotations.rubrics import load_rubric
from models_llm.choices import RunState
from models_llm.models import Run, Verdict
from models_llm.services.judges import create_judge
from tests.factories import make_items, make_member, make_project
from tests.journeys.conftest import NewContext, sign_in
from tests.journeys.test_review import tags_to_review
from tests.workers import DEADLINE_S, worker, worker_environment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_TABS = 60


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as somebody without a mouse does."""
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached by {MOST_TABS} presses of Tab")


def test_from_sign_in_through_ten_items_to_the_agreement_page_by_keyboard_alone(page: Page) -> None:
    project, _ = tags_to_review(10)
    user = make_member(project, Role.ADJUDICATOR, name="ada")
    page.goto("/")
    tab_to(page, page.locator("[name=login]"))
    page.keyboard.type("ada")
    tab_to(page, page.locator("[name=password]"))
    page.keyboard.type("correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url("/")
    tab_to(page, page.get_by_role("link", name=project.name).first)
    page.keyboard.press("Enter")
    page.wait_for_url(f"/p/{project.slug}/")
    tab_to(page, page.get_by_role("link", name="Review").first)
    page.keyboard.press("Enter")
    for n in range(10):
        expect(page.get_by_text(f"{n} today")).to_be_visible()
        # Where the focus is, keys count: on the first item that is a moment after it is seen.
        expect(page.locator("#review [data-criterion] input").first).to_be_focused()
        for key in "1112":
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Everything is done")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Agreement").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Agreement", level=1)).to_be_visible()
    # ten answers and the judge's ten verdicts
    expect(page.get_by_text("20 judgements of 10 items")).to_be_visible()
    assert list(Judgement.objects.filter(rater__user=user).values_list("levels", flat=True)) == [[0, 0, 0, 1]] * 10


def test_the_same_without_scripts(new_context: NewContext) -> None:
    project, _ = tags_to_review(10)
    user = make_member(project, Role.ADJUDICATOR, name="ada")
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, user)
    page.get_by_role("link", name=project.name).first.click()
    page.get_by_role("link", name="Review").first.click()
    for n in range(10):
        expect(page.get_by_text(f"{n} today")).to_be_visible()
        for position, level in enumerate((0, 0, 0, 1)):
            page.locator(f"[name=level-{position}]").nth(level).check(force=True)
        page.get_by_role("button", name="Submit").click()
    page.get_by_role("link", name="Agreement").first.click()
    expect(page.get_by_role("heading", name="Agreement", level=1)).to_be_visible()
    expect(page.get_by_text("20 judgements of 10 items")).to_be_visible()
    assert list(Judgement.objects.filter(rater__user=user).values_list("levels", flat=True)) == [[0, 0, 0, 1]] * 10


@pytest.mark.worker
def test_a_run_started_from_its_page_is_done_by_a_worker_of_its_own(page: Page, tmp_path: Path) -> None:
    project = make_project(spec=load_rubric("tag"))
    make_items(project, 30)
    create_judge(project=project, name="lot", engine="scripted", model="lot", engine_settings={})
    sign_in(page, make_member(project, Role.LEAD, name="lea"))
    page.goto(f"/p/{project.slug}/runs/")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#run-progress progress")).to_have_attribute("value", "0")
    with worker(worker_environment(tmp_path)):
        expect(page.locator("#run-progress progress")).to_have_attribute("value", "30", timeout=DEADLINE_S * 1000)
        expect(page.locator("#run-progress .chip")).to_have_text("complete", timeout=DEADLINE_S * 1000)
    assert Run.objects.get().state == RunState.COMPLETE
    assert Verdict.objects.count() == 30
