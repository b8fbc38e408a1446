"""A run as a lead follows it: in a browser with scripts, and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotations.choices import Role
from models_llm.choices import RunState
from models_llm.models import Run
from models_llm.selectors.selection import Selection
from models_llm.services.shards import judge_shard
from tests.factories import make_member
from tests.journeys.conftest import NewContext, sign_in
from tests.models_llm.services.judged_projects import (
    prepared,
    project_with_items,
    scripted_version,
    started_run,
    work_off,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_progress_moves_by_itself_and_the_samples_follow_when_the_run_ends(page: Page) -> None:
    project = project_with_items(6)
    run = started_run(version=scripted_version(project), shard_size=2)
    sign_in(page, make_member(project, Role.LEAD))
    page.goto(f"/p/{project.slug}/runs/{run.pk}/")
    progress, samples = page.locator("#run-progress"), page.locator("#run-samples")
    expect(progress).to_contain_text("0 of 6")
    expect(samples).to_contain_text("as soon as a shard is judged")
    page.evaluate("document.body.dataset.notReloaded = 'yes'")

    judge_shard(shard_id=run.shards.order_by("number")[0].pk)
    expect(progress).to_contain_text("2 of 6")
    work_off(run)
    expect(progress).to_contain_text("complete")
    expect(samples.locator("article")).to_have_count(5)
    assert page.evaluate("document.body.dataset.notReloaded") == "yes"


def test_a_trial_that_ends_shows_what_the_rest_takes_and_moves_nothing_meanwhile(page: Page) -> None:
    project = project_with_items(30)
    trial = started_run(version=scripted_version(project), selection=Selection(is_trial=True), shard_size=10)
    sign_in(page, make_member(project, Role.LEAD))
    page.goto(f"/p/{project.slug}/runs/{trial.pk}/")
    change = page.get_by_role("button", name="Change")
    before = change.bounding_box()
    expect(page.locator("#run-used")).to_contain_text("as soon as a shard is judged")
    judge_shard(shard_id=trial.shards.order_by("number")[0].pk)
    expect(page.locator("#run-used")).to_contain_text("Seconds in the engine")
    assert change.bounding_box() == before
    work_off(trial)
    expect(page.get_by_role("button", name="Run the remaining 10")).to_be_visible()


def test_a_run_is_started_paused_and_resumed_without_scripts(new_context: NewContext) -> None:
    project = project_with_items(3)
    version = scripted_version(project)
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, make_member(project, Role.TRAINER))
    page.goto(f"/p/{project.slug}/judges/{version.pk}/")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#run-progress")).to_contain_text("items not drawn yet")
    prepared(Run.objects.get())
    page.get_by_role("link", name="refresh").click()
    expect(page.locator("#run-progress")).to_contain_text("0 of 3")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#run-progress")).to_contain_text("paused")
    assert Run.objects.get().state == RunState.PAUSED
    page.get_by_role("button", name="Resume").click()
    work_off(Run.objects.get())
    page.get_by_role("link", name="refresh").click()
    expect(page.locator("#run-progress")).to_contain_text("3 of 3")
