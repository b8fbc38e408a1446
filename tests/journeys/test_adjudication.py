"""An adjudicator at work in a real browser: by keyboard, by touch on a phone, and with scripts off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotations.choices import Cause, FlagReason, RaterKind, Role
from annotations.models import Comment, Dispute, Flag, Gold, Project, Ruling, User
from annotations.services.threads import add_comment
from tests.factories import judge_item, make_dispute, make_items, make_member, make_project, make_rater
from tests.journeys.conftest import PHONE, NewContext, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


@pytest.fixture
def adjudicator(project: Project) -> User:
    return make_member(project, Role.ADJUDICATOR)


def disputes(project: Project, n: int) -> list[Dispute]:
    found = [make_dispute(item) for item in make_items(project, n)]
    for dispute in found:
        judge_item(make_rater(project, RaterKind.JUDGE), dispute.item, (1, 1), rationale="the judge's reason")
    return found


def test_two_disputes_are_ruled_on_by_keyboard_alone(page: Page, project: Project, adjudicator: User) -> None:
    first, second = disputes(project, 2)
    sign_in(page, adjudicator)
    page.goto("/p/tags/adjudicate/")
    press = page.keyboard.press
    expect(page.locator("#answers")).to_contain_text("Annotator 1")
    press("1")  # the first criterion passes
    press("j")
    expect(page.locator("#answers")).to_contain_text("the judge's reason")
    expect(page.locator("#answers")).to_contain_text("Annotator 1")
    press("n")
    expect(page.locator("#answers")).not_to_contain_text("Annotator 1")
    press("2")  # the focus came back to the criterion that is open
    press("1")  # the cause: the guidelines are unclear
    expect(page.locator("#unclear")).to_have_value("1")
    press("r")
    page.keyboard.type("1 and 2 are no keys here")
    press("Escape")
    press("m")
    press("Enter")
    expect(page.locator("#adjudication")).to_contain_text(second.item.external_id)
    expect(page.locator("#adjudication")).to_contain_text(f"saved: {first.item.external_id}")
    for key in ("2", "2", "2", "Enter"):
        press(key)
    expect(page.get_by_role("heading", name="No dispute is open")).to_be_visible()
    made = list(Ruling.objects.order_by("pk"))
    assert [(ruling.item_id, ruling.levels, ruling.cause, ruling.criterion) for ruling in made] == [
        (first.item_id, [0, 1], Cause.GUIDELINE_UNCLEAR, 1),
        (second.item_id, [1, 1], Cause.CARELESS, None),
    ]
    assert (made[0].reason, made[0].saw_names, made[0].saw_verdicts) == ("1 and 2 are no keys here", True, True)
    assert (made[1].saw_names, made[1].saw_verdicts) == (False, False)
    assert all(ruling.seconds is not None and ruling.seconds > 0 for ruling in made)
    assert all(len(ruling.shown) == 2 for ruling in made)
    assert Gold.objects.get().item == first.item


def test_what_is_missing_is_marked_and_an_item_flagged_and_put_back(
    page: Page, project: Project, adjudicator: User
) -> None:
    first, second = disputes(project, 2)
    sign_in(page, adjudicator)
    page.goto("/p/tags/adjudicate/")
    page.keyboard.press("1")
    page.keyboard.press("Enter")  # the second criterion is open
    expect(page.locator("#adjudication-said")).to_contain_text("Still open: Criterion 1")
    assert not Ruling.objects.exists()
    page.keyboard.press("f")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#flagged")).to_have_text("Flagged; a lead will look at it.")
    page.keyboard.press("Escape")
    assert (Flag.objects.get().item, Flag.objects.get().reason) == (first.item, FlagReason.UNSAFE)
    page.keyboard.press("b")
    expect(page.locator("#adjudication")).to_contain_text(second.item.external_id)
    assert Dispute.objects.get(pk=first.pk).holder is None


def test_on_a_phone_the_page_is_worked_by_touch(new_context: NewContext, project: Project, adjudicator: User) -> None:
    disputes(project, 1)
    page = new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    sign_in(page, adjudicator)
    page.goto("/p/tags/adjudicate/")
    for n, name in ((0, "level-0"), (1, "level-1")):
        page.locator(f"[name={name}][value='{n}']").tap()
    page.locator("[name=cause][value=careless]").tap()
    page.get_by_role("button", name="Rule").tap()
    expect(page.get_by_role("heading", name="No dispute is open")).to_be_visible()
    assert Ruling.objects.get().levels == [0, 1]


def test_the_page_works_without_scripts(new_context: NewContext, project: Project, adjudicator: User) -> None:
    [dispute] = disputes(project, 1)
    lead = make_member(project, Role.LEAD)
    [membership] = project.memberships.filter(user=lead).select_related("user")
    add_comment(item=dispute.item, membership=membership, text="Look at the date.")
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, adjudicator)
    page.goto("/p/tags/adjudicate/")
    page.check("[name=level-0][value='0']", force=True)
    page.get_by_role("button", name="Show judges").click()
    expect(page.locator("#answers")).to_contain_text("the judge's reason")
    expect(page.locator("[name=level-0][value='0']")).to_be_checked()
    page.get_by_role("button", name="Show names").click()
    expect(page.locator("#thread")).to_contain_text("Look at the date.")
    page.fill("#new-comment", "I did.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#thread")).to_contain_text("I did.")
    page.check("[name=level-0][value='0']", force=True)
    page.check("[name=level-1][value='1']", force=True)
    page.check("[name=cause][value=careless]", force=True)
    page.get_by_role("button", name="Rule").click()
    expect(page.locator(".message--success")).to_contain_text(f"Ruled on {dispute.item.external_id}")
    assert Ruling.objects.get().saw_names
    assert Comment.objects.count() == 2
    assert not Flag.objects.exists()
