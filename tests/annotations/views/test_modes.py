"""What each mode shows of judges, before the answer and after it, on the page and over the API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotations.choices import AssignmentStatus, GoldSource, GoldUse, Order, Purpose, RaterKind, Role
from annotations.models import Assignment, Gold, Item, Judgement, Membership, Project, QueuedItem, Rater, User
from annotations.services.projects import change_policy
from annotations.services.queue import queue_items
from tests.annotations.views.test_review import JSON, address, answer, held, received, signed_in
from tests.factories import judge_item, make_items, make_project, make_rater

pytestmark = pytest.mark.django_db

SECRETS = ("secret-judge-7", "JUDGE-REASON", "secret-colleague", "COLLEAGUE-REASON", "secret-writer-model", "WHY-KNOWN")
SHOWS = {"blind_share": 0.0, "reveal_share": 0.0, "assist_share": 0.0, "challenge_share": 0.0}


def project_of(n: int, **policy: Any) -> tuple[Project, list[Item]]:
    """Items that a judge and a colleague have judged."""
    project = make_project(overlap=3)
    change_policy(project=project, settings=replace(project.current_policy().settings(), **policy))
    items = make_items(project, n, slices={"category": "outdoor", "producer": "secret-writer-model"})
    queue_items(project=project, order=Order.GIVEN)
    judge = make_rater(project, RaterKind.JUDGE, "secret-judge-7")
    colleague = make_rater(project, name="secret-colleague")
    for item in items:
        judge_item(judge, item, (1, 1), rationale="JUDGE-REASON", rationales=("JUDGE-REASON one", "JUDGE-REASON two"))
        judge_item(colleague, item, (1, 0), rationale="COLLEAGUE-REASON")
    return project, items


def make_gold(item: Item, use: GoldUse, levels: tuple[int, int] = (0, 0)) -> Gold:
    """Gold that nobody is asked about as work."""
    QueuedItem.objects.filter(item=item).delete()
    return Gold.objects.create(
        item=item,
        rubric=item.project.current_rubric(),
        levels=list(levels),
        source=GoldSource.RULING,
        use=use,
        explanation="WHY-KNOWN",
    )


def sit_down(client: Client, project: Project, user: User) -> tuple[Any, Any]:
    """The page, and the item ahead of it."""
    page = client.get(address(project))
    return page, client.post(address(project, held(user).pk, "ahead"), headers=JSON)


def submit(client: Client, project: Project, turn: Assignment, *levels: int, **fields: str) -> Any:
    return client.post(address(project, turn.pk, "submit"), answer(project, *levels, **fields), headers=JSON)


@pytest.mark.parametrize("mode", ["blind_share", "reveal_share"])
def test_before_the_answer_nothing_of_anybody_arrives_not_even_with_the_item_ahead(mode: str) -> None:
    project, _ = project_of(3, **{**SHOWS, mode: 1.0})
    client, user = signed_in(project)
    page, ahead = sit_down(client, project, user)
    assert ahead.json()["next"] is not None
    over_api = client.post(f"/api/v1/projects/{project.slug}/review/next/", content_type="application/json")
    for response in (page, ahead, over_api):
        for secret in SECRETS:
            assert secret not in received(response)


def test_what_a_blind_submit_brings_holds_nothing_of_anybody() -> None:
    project, _ = project_of(3, **{**SHOWS, "blind_share": 1.0})
    client, user = signed_in(project)
    _, ahead = sit_down(client, project, user)
    first = Assignment.objects.filter(rater__user=user).order_by("pk")[0]
    sent = submit(client, project, first, 1, 0, in_hand=str(ahead.json()["next"]["turn"]))
    assert sent.json()["next"] is not None
    for secret in SECRETS:
        assert secret not in received(sent)


def test_the_item_ahead_of_a_revealed_one_is_as_blind_as_any() -> None:
    project, _ = project_of(3, **{**SHOWS, "reveal_share": 1.0})
    client, user = signed_in(project)
    sit_down(client, project, user)
    first = Assignment.objects.filter(rater__user=user).order_by("pk")[0]
    body = submit(client, project, first, 1, 0).json()
    assert "secret-judge-7" in body["comparison"]
    for secret in SECRETS:
        assert secret not in body["next"]["html"]


def test_assistance_shows_one_verdict_marked_as_not_measured_and_chooses_nothing() -> None:
    project, _ = project_of(2, **{**SHOWS, "assist_share": 1.0})
    client, user = signed_in(project)
    page, ahead = sit_down(client, project, user)
    for html in (page.content.decode(), ahead.json()["next"]["html"]):
        assert "secret-judge-7" in html
        assert "JUDGE-REASON one" in html
        assert "not measured" in html
        assert "checked" not in html.partition('id="flag"')[0]
        assert "COLLEAGUE" not in html
    body = submit(client, project, Assignment.objects.filter(rater__user=user).order_by("pk")[0], 0, 0).json()
    assert "secret-judge-7" not in body["finished"] + body["comparison"]


def test_a_challenge_looks_like_assistance_and_is_told_afterwards() -> None:
    """On gold, whose known answer is not the judge's."""
    pages = {}
    for share in ("assist_share", "challenge_share"):
        project, items = project_of(2, **{**SHOWS, share: 1.0}, gold_share=1.0)
        gold = make_gold(items[1], GoldUse.HIDDEN)
        client, user = signed_in(project)
        page = client.get(address(project)).content.decode()
        turn = held(user)
        assert (turn.item, turn.purpose) == (gold.item, Purpose.GOLD)
        for unlike in (project.slug, project.name, items[1].external_id, f"/{turn.pk}/", f'"{turn.pk}"'):
            page = page.replace(unlike, "…")
        over_api = client.post(f"/api/v1/projects/{project.slug}/review/next/", content_type="application/json").json()
        pages[share] = (
            page.partition('id="review"')[2].partition("<footer")[0].partition("csrf")[0],
            over_api["assignment"]["mode"],
        )
        body = submit(client, project, turn, 1, 1).json()
        told = body["finished"] + body["comparison"]
        assert ("known to be wrong" in told, "WHY-KNOWN" in told) == (share == "challenge_share",) * 2
        assert received(client.get(address(project), {"after": turn.pk})).count("WHY-KNOWN") == (
            share == "challenge_share"
        )
    assert pages["assist_share"] == pages["challenge_share"]


@pytest.mark.parametrize("feedback", [True, False])
def test_gold_looks_like_work_and_its_known_answer_comes_only_where_the_policy_says(feedback: bool) -> None:
    project, items = project_of(2, **{**SHOWS, "blind_share": 1.0}, gold_share=1.0, gold_feedback=feedback)
    make_gold(items[1], GoldUse.HIDDEN)
    client, user = signed_in(project)
    page = client.get(address(project)).content.decode()
    assert "gold" not in page.lower()
    body = submit(client, project, held(user), 1, 0).json()
    told = body["finished"] + body["comparison"]
    assert ("WHY-KNOWN" in told, "Criterion 0" in told) == (feedback, feedback)


def test_training_explains_each_answer_and_gives_no_item_ahead() -> None:
    project, items = project_of(3, **{**SHOWS, "blind_share": 1.0}, training_pass=0.9)
    for item in items[:2]:
        make_gold(item, GoldUse.TRAINING)
    client, user = signed_in(project)
    _, ahead = sit_down(client, project, user)
    assert ahead.json()["next"] is None
    body = submit(client, project, held(user), 1, 0).json()
    assert "WHY-KNOWN" in body["comparison"]
    assert body["next"] is not None
    body = submit(client, project, held(user), 0, 0).json()
    assert "The training is not passed yet" in body["nothing"]


def test_whoever_is_paused_reads_it_and_where_to_ask() -> None:
    project, _ = project_of(2)
    client, user = signed_in(project)
    client.get(address(project))
    Rater.objects.filter(user=user).update(paused_at=timezone.now())
    page = client.get(address(project)).content.decode()
    assert "A lead has paused you" in page
    assert "You are given items again when a lead lets you go on." in page
    over_api = client.post(f"/api/v1/projects/{project.slug}/review/next/", content_type="application/json")
    assert over_api.json() == {"assignment": None, "why": "paused"}


def test_the_lease_of_the_item_on_the_screen_begins_anew_and_no_other() -> None:
    project, _ = project_of(4, **{**SHOWS, "blind_share": 1.0})
    client, user = signed_in(project)
    other, other_user = signed_in(project)
    other.get(address(project))
    of_other = held(other_user)
    sit_down(client, project, user)
    first, second = Assignment.objects.filter(rater__user=user).order_by("pk")
    before = second.lease_expires_at
    sent = submit(client, project, first, 0, 0, in_hand=str(second.pk)).json()
    second.refresh_from_db()
    assert second.lease_expires_at > before
    assert (sent["in_hand"]["turn"], sent["in_hand"]["lease_left_s"]) == (second.pk, 900)
    unchanged = of_other.lease_expires_at
    sent = submit(client, project, second, 0, 0, in_hand=str(of_other.pk)).json()
    of_other.refresh_from_db()
    assert (sent["in_hand"], of_other.lease_expires_at) == (None, unchanged)


def test_an_item_in_hand_that_others_took_is_said_to_be_lost() -> None:
    project, _ = project_of(3)
    client, user = signed_in(project)
    sit_down(client, project, user)
    first, second = Assignment.objects.filter(rater__user=user).order_by("pk")
    Assignment.objects.filter(pk=second.pk).update(status=AssignmentStatus.EXPIRED)
    sent = submit(client, project, first, 0, 0, in_hand=str(second.pk)).json()
    assert sent["in_hand"] is None
    assert sent["next"]["turn"] not in (first.pk, second.pk)


def test_the_same_answer_sent_twice_is_stored_once_and_confirmed_twice() -> None:
    project, _ = project_of(3)
    client, user = signed_in(project)
    client.get(address(project))
    turn = held(user)
    once, twice = (submit(client, project, turn, 0, 1).json() for _ in range(2))
    assert (once["judgement"], once["n_today"]) == (twice["judgement"], twice["n_today"])
    assert Judgement.objects.filter(rater__user=user).count() == 1


def test_a_revision_sent_twice_is_stored_once_and_confirmed_twice() -> None:
    project, _ = project_of(3, **{**SHOWS, "blind_share": 1.0})
    client, user = signed_in(project)
    client.get(address(project))
    first = submit(client, project, held(user), 0, 1).json()["judgement"]
    path = f"/p/{project.slug}/my-work/{first}/"
    once, twice = (client.post(path, answer(project, 1, 1), headers=JSON).json() for _ in range(2))
    assert once == twice
    another = client.post(path, answer(project, 0, 0), headers=JSON)
    assert (another.status_code, another.json()["code"]) == (422, "already_judged")
    assert Judgement.objects.filter(rater__user=user).count() == 2


def test_skipping_is_refused_where_the_policy_does_not_let_one() -> None:
    project, _ = project_of(2, may_skip=False)
    client, user = signed_in(project)
    assert 'id="skip"' not in client.get(address(project)).content.decode()
    turn = held(user)
    sent = client.post(address(project, turn.pk, "skip"), {"reason": "unclear"}, headers=JSON)
    assert (sent.status_code, sent.json()["code"]) == (422, "skip_refused")
    assert held(user) == turn


def test_keeping_is_for_ones_own_answers() -> None:
    project, _ = project_of(2)
    client, user = signed_in(project)
    client.get(address(project))
    judgement = submit(client, project, held(user), 0, 1).json()["judgement"]
    other, _ = signed_in(project, Role.LEAD)
    assert other.post(f"/p/{project.slug}/my-work/{judgement}/keep/").status_code == 404
    assert Assignment.objects.get(judgement=judgement).second_look == ""
    assert client.post(f"/p/{project.slug}/my-work/{judgement}/keep/").status_code == 302
    assert Assignment.objects.get(judgement=judgement).second_look == "kept"
    assert Membership.objects.filter(project=project).count() == 2
