"""Flags, comments and mentions in the browser."""

from __future__ import annotations

import pytest
from django.test import Client

from annotations.choices import FlagReason, Role
from annotations.models import Comment, Flag, Item, Membership, Mention, Project
from annotations.services.queue import claim_item, queue_items, submit_annotation
from annotations.services.raters import rater_of
from annotations.services.threads import add_comment
from tests.factories import make_items, make_member, make_project

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


@pytest.fixture
def item(project: Project) -> Item:
    [item] = make_items(project, 1)
    queue_items(project=project)
    return item


def member(project: Project, role: Role) -> tuple[Client, Membership]:
    client = Client()
    client.force_login(make_member(project, role))
    return client, project.memberships.select_related("user", "project").latest("pk")


def test_a_turn_is_flagged_and_goes_on(project: Project, item: Item) -> None:
    client, ann = member(project, Role.ANNOTATOR)
    turn = claim_item(project=project, rater=rater_of(project=project, user=ann.user))
    assert turn is not None
    address = f"/p/tags/review/{turn.pk}/flag/"
    refused = client.post(address, {"reason": "ugly"}, headers=HTMX)
    assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
    answer = client.post(address, {"reason": "broken", "note": "no picture"}, headers=HTMX)
    assert answer.status_code == 200
    assert 'id="flagged"' in answer.text
    assert client.post(address, {"reason": "broken"}).headers["Location"] == "/p/tags/review/"
    flag = Flag.objects.get()
    assert (flag.item, flag.user, flag.reason, flag.note) == (item, ann.user, FlagReason.BROKEN, "no picture")
    turn.refresh_from_db()
    assert turn.status == "leased"


def test_a_lead_sees_the_flags_and_resolves_them(project: Project, item: Item) -> None:
    adjudicator, _ = member(project, Role.ADJUDICATOR)
    client, _ = member(project, Role.LEAD)
    assert "No open flags" in client.get("/p/tags/flags/").text
    adjudicator.post(f"/p/tags/items/{item.pk}/flag/", {"reason": "unsafe"})
    page = client.get("/p/tags/flags/").text
    assert "It is unsafe or offends" in page
    assert 'Flags <span class="rail__count">1</span>' in page
    client.post(f"/p/tags/flags/{Flag.objects.get().pk}/resolve/")
    assert "No open flags" in client.get("/p/tags/flags/").text
    assert item.external_id in client.get("/p/tags/flags/?state=resolved").text


def test_a_comment_leads_back_to_where_the_form_stood_and_to_no_other_site(project: Project, item: Item) -> None:
    client, _ = member(project, Role.LEAD)
    address = f"/p/tags/items/{item.pk}/comments/"
    assert client.post(address, {"text": "odd"}).headers["Location"] == f"/p/tags/items/{item.pk}/"
    assert client.post(address, {"text": "x", "next": "/p/tags/adjudicate/"}).headers["Location"] == (
        "/p/tags/adjudicate/"
    )
    assert client.post(address, {"text": "x", "next": "https://evil.example/"}).headers["Location"] == (
        f"/p/tags/items/{item.pk}/"
    )
    assert Comment.objects.count() == 3


def test_a_thread_is_answered_resolved_and_opened_again_in_place(project: Project, item: Item) -> None:
    client, _ = member(project, Role.LEAD)
    address = f"/p/tags/items/{item.pk}/comments/"
    page = client.post(address, {"text": "<b>odd</b>"}, headers=HTMX)
    assert "&lt;b&gt;odd&lt;/b&gt;" in page.text
    thread = Comment.objects.get()
    page = client.post(address, {"text": "very", "reply_to": thread.pk}, headers=HTMX)
    assert "very" in page.text
    resolve = f"/p/tags/comments/{thread.pk}/resolve/"
    assert "resolved by" in client.post(resolve, headers=HTMX).text
    assert "resolved by" not in client.post(resolve, {"reopen": "1"}, headers=HTMX).text
    refused = client.post(address, {"text": " "}, headers=HTMX)
    assert (refused.status_code, "Write something first" in refused.text) == (422, True)
    assert client.post(address, {"text": "x", "reply_to": 999}).status_code == 404


def test_an_annotator_meets_no_thread_before_the_answer_and_their_own_after_it(project: Project, item: Item) -> None:
    client, ann = member(project, Role.ANNOTATOR)
    _, lead = member(project, Role.LEAD)
    add_comment(item=item, membership=lead, text=f"@{ann.user.username} TO-ANN")
    hidden = add_comment(item=item, membership=lead, text="TO-NOBODY")
    turn = claim_item(project=project, rater=rater_of(project=project, user=ann.user))
    assert turn is not None
    shown = client.post(f"/p/tags/items/{item.pk}/comments/", {"text": "MINE"}, headers=HTMX).text
    assert ("TO-ANN" in shown, "MINE" in shown, "TO-NOBODY" in shown) == (True, True, False)
    assert client.post(f"/p/tags/comments/{hidden.pk}/resolve/").status_code == 404
    judgement = submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 0))
    page = client.get(f"/p/tags/my-work/{judgement.pk}/").text
    assert ("TO-ANN" in page, "MINE" in page, "TO-NOBODY" in page) == (True, True, False)


def test_mentions_are_counted_opened_and_seen(project: Project, item: Item) -> None:
    client, ann = member(project, Role.ANNOTATOR)
    _, lead = member(project, Role.LEAD)
    assert "Nobody has mentioned you" in client.get("/p/tags/mentions/").text
    for words in ("first", "second", "third"):
        add_comment(item=item, membership=lead, text=f"@{ann.user.username} {words}")
    page = client.get("/p/tags/mentions/").text
    assert 'Mentions <span class="rail__count">3</span>' in page
    assert "3 unseen" in page
    assert Mention.objects.filter(seen_at__isnull=True).count() == 3, "looking changes nothing"
    newest = Mention.objects.latest("pk")
    assert client.post(f"/p/tags/mentions/{newest.pk}/open/").headers["Location"] == "/p/tags/mentions/"
    turn = claim_item(project=project, rater=rater_of(project=project, user=ann.user))
    assert turn is not None
    judgement = submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 0))
    assert client.post(f"/p/tags/mentions/{newest.pk}/open/").headers["Location"] == f"/p/tags/my-work/{judgement.pk}/"
    client.post("/p/tags/mentions/seen/")
    assert not Mention.objects.filter(seen_at__isnull=True).exists()
    other, _ = member(project, Role.LEAD)
    assert other.post(f"/p/tags/mentions/{newest.pk}/open/").status_code == 404


def test_whoever_sees_judgements_is_led_to_the_item(project: Project, item: Item) -> None:
    client, adj = member(project, Role.ADJUDICATOR)
    _, lead = member(project, Role.LEAD)
    comment = add_comment(item=item, membership=lead, text=f"@{adj.user.username} look")
    mention = comment.mentions.get()
    assert client.post(f"/p/tags/mentions/{mention.pk}/open/").headers["Location"] == f"/p/tags/items/{item.pk}/"
