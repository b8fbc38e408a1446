"""Judges as a lead makes and tries them, by keyboard where a keyboard is quicker."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotations.choices import Role
from annotations.images import clean_images
from annotations.services.queue import queue_items
from models_llm.models import DraftTrial, JudgeVersion, Run
from models_llm.services.draft_trials import judge_draft
from tests.annotations.test_images import RED, uri
from tests.factories import make_items, make_member, make_project
from tests.journeys.conftest import NewContext, sign_in
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.services.judged_projects import project_with_items, scripted_version, started_run, work_off
from tests.models_llm.services.test_draft_trials import two_minded

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_judge_that_asks_criterion_by_criterion_is_made_and_run(page: Page) -> None:
    project = project_with_items(3)
    sign_in(page, make_member(project, Role.LEAD))
    page.goto(f"/p/{project.slug}/judges/")
    page.get_by_role("link", name="New judge").first.click()
    page.get_by_role("link", name="Per criterion").click()
    page.get_by_label("Name").fill("letters")
    page.get_by_label("Engine", exact=True).select_option("scripted")
    page.get_by_label("Rationales").check()
    page.get_by_role("button", name="Freeze this judge").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("letters v1")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#run-progress")).to_contain_text("a worker draws the items")
    work_off(Run.objects.get())
    expect(page.locator("#run-progress")).to_contain_text("3 of 3")
    page.locator("#run-samples article a").first.click()
    expect(page.locator(".shares").first).to_contain_text("Relevance")
    weighed = page.locator("details.call", has_text="relevance").first
    weighed.locator("> summary").focus()
    page.keyboard.press("Enter")
    expect(weighed).to_contain_text("label mass, 0.970")


def test_a_changed_prompt_is_tried_by_keyboard_and_saved(page: Page) -> None:
    version, _, _ = two_minded()
    project = version.judge.project
    sign_in(page, make_member(project, Role.LEAD))
    page.goto(f"/p/{project.slug}/judges/{version.pk}/try/")
    text = page.get_by_label("Text around the item")
    text.fill("$item\n\nJudge STRICTLY. Reply with the JSON object only.")
    text.press("Control+Enter")
    trial = page.locator("#draft-trial")
    expect(trial).to_contain_text("waiting")
    expect(text).to_be_focused()
    assert f"trial={DraftTrial.objects.get().pk}" in page.url

    judge_draft(trial_id=DraftTrial.objects.get().pk)
    expect(trial).to_contain_text("1 of 3 criteria differ")
    expect(trial.locator("ins")).to_have_text(["+ Judge STRICTLY. Reply with the JSON object only."])
    expect(text).to_be_focused()
    trial.get_by_role("button", name="Save as new version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("scripted v2")
    assert "STRICTLY" in JudgeVersion.objects.latest("pk").config["prompt"]["user"]


def test_a_draft_is_tried_without_scripts(new_context: NewContext) -> None:
    version, _, _ = two_minded()
    project = version.judge.project
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, make_member(project, Role.TRAINER))
    page.goto(f"/p/{project.slug}/judges/{version.pk}/try/")
    page.get_by_role("button", name="Judge with both").click()
    expect(page.locator("#draft-trial")).to_contain_text("waiting")
    judge_draft(trial_id=DraftTrial.objects.get().pk)
    page.get_by_role("link", name="Reload").click()
    expect(page.locator("#draft-trial")).to_contain_text("Both say the same")


def test_images_of_an_item_are_shown_to_people_and_beside_the_exact_prompt(page: Page) -> None:
    """The console stays silent: the policy of the page lets data URIs through, and nothing else is asked for."""
    project = make_project(spec=tag_rubric())
    photo = clean_images(uri(RED))
    [item] = make_items(project, 1, context={"query": "red shoe", "photo": photo})
    run = started_run(version=scripted_version(project))
    work_off(run)
    sign_in(page, make_member(project, Role.LEAD))
    queue_items(project=project)
    verdict = f"/p/{project.slug}/verdicts/{run.verdicts.get().pk}/"
    for address in (f"/p/{project.slug}/items/{item.pk}/", verdict, f"/p/{project.slug}/review/"):
        page.goto(address)
        image = page.locator("img[src^='data:image/png']")
        expect(image).to_have_count(1)
        assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [20, 10]
        expect(page.locator("main")).to_contain_text("[image 1]")
        expect(page.locator("main")).not_to_contain_text("base64")
