"""A baseline as a lead has it fitted: in a browser with scripts, and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotations.choices import Role
from models_llm.models import Fit
from models_llm.services.fits import fit_judge
from tests.factories import make_member
from tests.journeys.conftest import NewContext, sign_in
from tests.models_llm.services.judged_projects import reviewed_project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_fit_and_its_version_appear_by_themselves(page: Page) -> None:
    project, _ = reviewed_project(40, n_rated=40)
    sign_in(page, make_member(project, Role.LEAD))
    page.goto(f"/p/{project.slug}/judges/")
    page.get_by_role("button", name="Fit", exact=True).click()
    fits, versions = page.locator("#fits"), page.locator("#versions")
    expect(fits).to_contain_text("waiting")
    expect(versions.locator("tbody tr")).to_have_count(0)
    page.evaluate("document.body.dataset.notReloaded = 'yes'")

    fit_judge(fit_id=Fit.objects.get().pk)
    expect(fits).to_contain_text("ready")
    expect(versions.locator("tbody tr")).to_have_count(1)
    assert page.evaluate("document.body.dataset.notReloaded") == "yes"
    fits.get_by_role("link", name="baseline v1").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("baseline v1")


def test_a_fit_is_followed_by_reloading_without_scripts(new_context: NewContext) -> None:
    project, _ = reviewed_project(5, n_rated=5)
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, make_member(project, Role.LEAD))
    page.goto(f"/p/{project.slug}/judges/")
    page.get_by_role("button", name="Fit", exact=True).click()
    fits = page.locator("#fits")
    expect(fits).to_contain_text("waiting")

    fit_judge(fit_id=Fit.objects.get().pk)
    fits.get_by_role("link", name="Reload").click()
    expect(fits).to_contain_text("expected at least 20 items")
    expect(fits.get_by_role("link", name="Reload")).to_have_count(0)
