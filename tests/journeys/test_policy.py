"""A lead tries a policy and makes it the project's, in a browser and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotations.choices import Role
from annotations.models import Project, User
from tests.factories import make_items, make_member, make_project
from tests.journeys.conftest import NewContext, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def project_of_a_lead() -> tuple[Project, User]:
    project = make_project(slug="tags")
    make_items(project, 12, slices={"category": "boots"})
    make_items(project, 8, slices={"category": "tents"})
    return project, make_member(project, Role.LEAD)


def test_a_policy_is_tried_before_it_is_made_the_projects(page: Page) -> None:
    project, lead = project_of_a_lead()
    sign_in(page, lead)
    page.goto("/p/tags/policy/")
    page.get_by_label("Blind, in %").fill("40")
    expect(page.locator("#mode-sum")).to_contain_text("140 % · they must come to 100 %")
    page.get_by_label("Reveal after, in %").fill("60")
    expect(page.locator("#mode-sum")).to_have_text("Sum of the four: 100 %")
    page.get_by_label("Slice", exact=False).first.select_option("category")
    page.get_by_label("At least of each value").fill("5")
    page.get_by_label("Items to draw").fill("10")
    page.get_by_label("Items to draw").press("Tab")
    page.keyboard.press("Enter")  # on the button beside it
    preview = page.locator("#policy-preview")
    expect(preview.get_by_role("row", name="tents")).to_contain_text("5")
    expect(preview).to_contain_text("about 4 answers")
    assert project.policies.count() == 1
    expect(page.get_by_label("Blind, in %")).to_have_value("40")
    page.get_by_role("button", name="Make this the policy").click()
    expect(page.get_by_text("Policy version 2 counts from now on.")).to_be_visible()
    policy = project.current_policy()
    assert (policy.blind_share, policy.slice_key, policy.slice_least) == (0.4, "category", 5)


def test_a_policy_is_tried_and_changed_without_javascript(new_context: NewContext) -> None:
    project, lead = project_of_a_lead()
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, lead)
    page.goto("/p/tags/policy/")
    page.get_by_label("People for each item").fill("3")
    page.get_by_label("Items to draw").fill("10")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#policy-preview")).to_contain_text("30")
    expect(page.get_by_label("People for each item")).to_have_value("3")
    assert project.policies.count() == 1
    page.get_by_role("button", name="Make this the policy").click()
    assert project.current_policy().overlap == 3
