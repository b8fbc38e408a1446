"""The pages of a lead without a mouse: each does what its user came for, from the first Tab to the answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connections
from playwright.sync_api import Page, expect
from pytest_django import Settings

from annotations.choices import GoldUse, Order, RaterKind, Role, WebhookEvent
from annotations.models import Assignment, Delivery, Draw, Gold, Invitation, Membership, Project, Rater, User, Webhook
from annotations.services.projects import change_policy
from annotations.services.queue import claim_item, queue_items, submit_annotation
from annotations.services.raters import rater_of
from annotations.services.webhooks import deliver
from tests.factories import judge_item, make_items, make_member, make_project, make_rater
from tests.journeys.conftest import NewContext, sign_in
from tests.journeys.keyboard import follow, press, reach, to_main, write
from tests.receivers import Receiver

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """The browser reports each refusal as an error on its console, so that is not listened to."""
    return new_context().new_page()


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags", overlap=2)


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD, "lena")


@pytest.fixture
def annotator(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR, "anna")


def answer_all(project: Project, *users: User) -> None:
    for user in users:
        rater = rater_of(project=project, user=user)
        while turn := claim_item(project=project, rater=rater):
            submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))


def test_a_policy_is_refused_with_the_reason_then_tried_and_made(page: Page, project: Project, lead: User) -> None:
    make_items(project, 20)
    sign_in(page, lead)
    page.goto("/p/tags/policy/")
    to_main(page)
    write(page, page.get_by_label("Blind, in %"), "40")
    page.keyboard.press("Control+Enter")  # as the button says
    blind = page.get_by_label("Blind, in %")
    expect(page.locator("form.policy .errorlist")).to_contain_text("They come to 140 %")
    expect(blind).to_be_focused()
    assert project.policies.count() == 1
    write(page, page.get_by_label("Reveal after, in %"), "60", within=1)
    write(page, page.get_by_label("Items to draw"), "10")
    preview = page.get_by_role("button", name="Preview")
    press(page, preview, within=1)
    expect(page.locator("#policy-preview")).to_contain_text("about 8 answers")
    expect(preview).to_be_focused()  # though what stood around it is new
    press(page, page.get_by_role("button", name="Make this the policy"), within=3)
    expect(page.get_by_text("Policy version 2 counts from now on.")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Make this the policy")).to_be_focused()
    assert (project.current_policy().blind_share, project.current_policy().reveal_share) == (0.4, 0.6)


def test_items_are_drawn_and_the_draw_is_looked_at(page: Page, project: Project, lead: User) -> None:
    make_items(project, 20)
    sign_in(page, lead)
    page.goto("/p/tags/queue/")
    to_main(page)
    size = page.get_by_label("Size of the sample")
    reach(page, page.get_by_label("A sample"))
    reach(page, size, within=1)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Say how many items to draw.")).to_be_visible()
    expect(size).to_be_focused()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    expect(page.get_by_text("8 items added to the queue")).to_be_in_viewport()
    expect(size).to_be_focused()
    draw = Draw.objects.get()
    follow(page, page.get_by_role("link", name=str(draw.pk), exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Draw {draw.pk}")
    again = page.get_by_role("button", name="Draw again")
    press(page, again)
    expect(page.get_by_text("selects the same 8 items")).to_be_visible()
    expect(again).to_be_focused()
    follow(page, page.get_by_role("main").get_by_role("link", name="Queue"), key="Shift+Tab")
    follow(page, page.locator("dl.tally").get_by_role("link", name="8"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Items of the queue")


def test_gold_is_made_explained_and_retired(page: Page, project: Project, lead: User, annotator: User) -> None:
    items = make_items(project, 4)
    queue_items(project=project, order=Order.GIVEN)
    answer_all(project, annotator, make_member(project))
    sign_in(page, lead)
    page.goto("/p/tags/gold/")
    to_main(page)
    write(page, page.get_by_label("Items", exact=True), "2")
    press(page, page.get_by_role("button", name="Draw"), within=4)
    expect(page.get_by_text("2 items are gold now, of 4 that could be.")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Draw")).to_be_focused()
    first, second = (gold.item.external_id for gold in Gold.objects.order_by("-pk"))
    assert {first, second} <= {item.external_id for item in items}

    change = page.locator("summary", has_text=f"Change {first}")
    press(page, change)
    reach(page, page.get_by_label("Used as").nth(1), within=1)
    page.keyboard.type("training")
    write(page, page.get_by_label("Explanation").first, "the poles decide", within=1)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Saved.")).to_be_in_viewport()
    expect(change).to_be_focused()
    gold = Gold.objects.get(item__external_id=first)
    assert (gold.use, gold.explanation) == (GoldUse.TRAINING, "the poles decide")

    press(page, page.locator("summary", has_text=f"Retire {first}"), within=1)
    press(page, page.get_by_role("button", name="It is wrong").first, within=1)
    expect(page.get_by_text(f"{first} is retired")).to_be_in_viewport()
    expect(page.get_by_role("region", name="Gold", exact=True)).to_be_focused()
    press(page, page.locator("summary", has_text=f"Change {second}"))
    expect(page.get_by_label("Explanation").first).to_be_in_viewport()


def test_the_effect_of_a_shown_verdict_leads_to_the_answers_behind_it(
    page: Page, project: Project, lead: User, annotator: User
) -> None:
    settings = replace(project.current_policy().settings(), blind_share=0.5, reveal_share=0.0, assist_share=0.5)
    change_policy(project=project, settings=settings)
    judge = make_rater(project, RaterKind.JUDGE, "judge")
    for item in make_items(project, 30):
        judge_item(judge, item, (0, 1))
    queue_items(project=project, order=Order.GIVEN)
    answer_all(project, annotator)
    sign_in(page, lead)
    page.goto("/p/tags/modes/")
    to_main(page)
    figures = page.get_by_role("region", name="Table of annotators")
    reach(page, figures)
    follow(page, figures.get_by_role("link").nth(1), within=2)
    expect(page.get_by_role("heading", level=1)).to_contain_text("anna")
    shown = claimed(project, "assist")
    follow(page, page.get_by_role("link", name=shown, exact=True))
    expect(page.get_by_role("heading", level=1, name=shown)).to_be_visible()


def claimed(project: Project, mode: str) -> str:
    """The item of the newest turn in this mode."""
    return str(Assignment.objects.filter(project=project, mode=mode).latest("finished_at").item.external_id)


def as_a_worker(work: Callable[[], object]) -> None:
    """In a thread of its own: in this one the browser's loop runs, and requests to others need one too."""

    def and_hang_up() -> None:
        work()
        connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(and_hang_up).result()


def test_a_webhook_is_made_tried_and_its_log_read(page: Page, settings: Settings, project: Project, lead: User) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1:*"]
    sign_in(page, lead)
    page.goto("/p/tags/webhooks/")
    to_main(page)
    with Receiver(lambda n: (200, {}, b"taken")).serving() as receiver:
        address = page.get_by_label("Address")
        write(page, address, "ftp://nowhere")
        reach(page, page.get_by_label("an adjudicator rules"))
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Enter a valid URL.")).to_be_visible()
        expect(address).to_be_focused()
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.type(receiver.url)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Copy")).to_be_focused()
        made = Webhook.objects.get()
        assert (made.url, made.events) == (receiver.url, [WebhookEvent.RULING])

        follow(page, page.get_by_role("link", name=receiver.url))
        expect(page.get_by_text("Nothing was sent yet")).to_be_visible()
        follow(page, page.get_by_role("button", name="Send a test"))
        answer = page.locator("#delivery")
        expect(answer).to_contain_text("on its way")
        as_a_worker(lambda: deliver(webhook_id=made.pk))
        expect(answer).to_contain_text("delivered")
        expect(answer).to_contain_text("taken")
        delivery = Delivery.objects.get()
        follow(page, page.get_by_role("main").get_by_role("link", name=receiver.url), key="Shift+Tab")
        follow(page, page.get_by_role("link", name=str(delivery.pk), exact=True))
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Delivery {delivery.pk}")


def test_somebody_is_invited_given_a_role_paused_and_let_go_on(
    page: Page, project: Project, lead: User, annotator: User
) -> None:
    rater = rater_of(project=project, user=annotator)
    member = Membership.objects.get(user=annotator)
    sign_in(page, lead)
    page.goto("/p/tags/people/")
    to_main(page)
    reach(page, page.get_by_label("Role of anna"))
    page.keyboard.type("adj")
    press(page, page.get_by_role("button", name="Set", exact=True).first, within=1)
    expect(page.locator("#messages")).to_contain_text("adjudicator")
    expect(page.get_by_role("button", name="Set", exact=True).first).to_be_focused()
    member.refresh_from_db()
    assert member.role == Role.ADJUDICATOR

    reach(page, page.get_by_label("Role", exact=True))
    page.keyboard.type("tr")
    write(page, page.get_by_label("Good for days"), "3", within=1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy")).to_be_focused()
    assert Invitation.objects.get().role == Role.TRAINER

    follow(page, page.get_by_role("link", name="anna", exact=True))
    write(page, page.get_by_label("Reason"), "Read the guidelines again.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Paused", exact=True)).to_be_visible()
    assert Rater.objects.get(pk=rater.pk).paused_at is not None
    write(page, page.get_by_label("Note"), "We talked.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Pause", exact=True)).to_be_visible()
    assert Rater.objects.get(pk=rater.pk).paused_at is None
