"""What is written to be told, and in whose transaction."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.choices import Order, WebhookEvent
from annotations.models import Assignment, Delivery, Judgement, Project, Webhook
from annotations.services.queue import claim_item, queue_items, release_expired, submit_annotation
from annotations.services.revisions import revise_annotation
from annotations.services.webhooks import change_webhook, create_webhook, emit, sweep_webhooks
from tests.factories import make_items, make_project, make_rater

pytestmark = pytest.mark.django_db


def hook(project: Project, *events: WebhookEvent, url: str = "https://hooks.test/") -> Webhook:
    return create_webhook(project=project, url=url, events=events, user=None)[0]


def queue_of(n: int, overlap: int = 1) -> Project:
    project = make_project(overlap=overlap)
    make_items(project, n)
    queue_items(project=project, order=Order.GIVEN)
    return project


def claim(project: Project) -> Assignment:
    turn = claim_item(project=project, rater=make_rater(project))
    assert turn is not None
    return turn


def answer(turn: Assignment) -> Judgement:
    return submit_annotation(
        assignment=turn, rubric=turn.project.current_rubric(), levels=(0, 1), rationale="secret words"
    )


def test_an_answer_is_told_to_whoever_listens_with_levels_by_name_and_no_words() -> None:
    project = queue_of(1)
    first, second = hook(project, WebhookEvent.JUDGEMENT), hook(project, *WebhookEvent, url="https://two.test")
    hook(project, WebhookEvent.RULING)
    hook(make_project(), WebhookEvent.JUDGEMENT)
    turn = claim(project)
    judgement = answer(turn)
    told = Delivery.objects.order_by("webhook_id")
    assert [delivery.webhook for delivery in told] == [first, second]
    body = json.loads(told[0].body)
    assert body.pop("at")
    assert body == {
        "event": "judgement",
        "project": project.slug,
        "data": {
            "judgement": judgement.pk, "item": turn.item_id, "external_id": turn.item.external_id,
            "rater": turn.rater_id, "purpose": "work", "visible": "blind", "supersedes": None,
            "rubric_version": 1, "levels": {"c0": "pass", "c1": "fail"},
        },
    }  # fmt: skip
    assert "secret words" not in told[0].body


def test_a_late_answer_and_a_revision_are_told_too_and_an_answer_sent_twice_once() -> None:
    project = queue_of(1)
    hook(project, WebhookEvent.JUDGEMENT)
    turn = claim(project)
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    release_expired(project=project)
    first = answer(turn)
    answer(turn)
    revised = revise_annotation(judgement=first, levels=(1, 1))
    told = [json.loads(delivery.body)["data"] for delivery in Delivery.objects.order_by("pk")]
    assert [(data["judgement"], data["supersedes"]) for data in told] == [(first.pk, None), (revised.pk, first.pk)]


def test_a_webhook_that_is_off_is_told_nothing() -> None:
    project = queue_of(1)
    change_webhook(webhook=hook(project, WebhookEvent.JUDGEMENT), is_active=False)
    answer(claim(project))
    assert not Delivery.objects.exists()


def test_an_answer_costs_no_statement_more_with_a_webhook() -> None:
    project = queue_of(4)

    def n_statements() -> int:
        turn = claim(project)
        with CaptureQueriesContext(connection) as asked:
            answer(turn)
        return len(asked)

    n_statements()  # locks the rubric, and reads what a process keeps
    n_statements()
    without = n_statements()
    hook(project, WebhookEvent.JUDGEMENT)
    assert n_statements() == without
    assert Delivery.objects.count() == 1


def test_what_is_emitted_goes_the_way_of_its_transaction() -> None:
    project = make_project()
    hook(project, WebhookEvent.PAUSE)
    with transaction.atomic():
        assert emit(WebhookEvent.PAUSE, project, {"rater": 1}) == 1
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()
    assert emit(WebhookEvent.PAUSE, project, {"rater": 1}) == 1
    assert emit(WebhookEvent.RULING, project, {"item": 1}) == 0
    assert json.loads(Delivery.objects.get().body)["data"] == {"rater": 1}


def test_a_queue_is_said_to_be_complete_once_and_again_when_it_was_not_so_between() -> None:
    project = queue_of(2)
    hook(project, WebhookEvent.QUEUE_COMPLETE)
    hook(make_project(), WebhookEvent.QUEUE_COMPLETE)  # an empty queue is none

    def n_told() -> int:
        sweep_webhooks()
        return Delivery.objects.count()

    assert n_told() == 0
    first, second = claim(project), claim(project)
    assert n_told() == 0, "full, and in hand"
    answer(first)
    assert n_told() == 0
    answer(second)
    assert n_told() == n_told() == 1
    assert json.loads(Delivery.objects.get().body)["data"] == {"n_items": 2}
    make_items(project, 1)
    queue_items(project=project, order=Order.GIVEN)
    assert n_told() == 1
    answer(claim(project))
    assert n_told() == 2
