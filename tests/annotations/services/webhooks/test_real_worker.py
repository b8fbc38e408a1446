"""A real worker tells a real server, through deaths of either."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pytest_django import Settings

from annotations.choices import WebhookEvent
from annotations.models import Delivery
from annotations.services.queue import claim_item, queue_items, submit_annotation
from annotations.services.webhooks import create_webhook, emit
from tests.factories import make_items, make_project, make_rater
from tests.receivers import Receiver
from tests.workers import DEADLINE_S, kill, wait_until, worker, worker_environment

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **worker_environment(tmp_path),
        "WEBHOOK_PRIVATE_HOSTS": "127.0.0.1",
        "WEBHOOK_TIMEOUT_S": "2",
        "WEBHOOK_RETRY_S": "1",
    }


@pytest.fixture(autouse=True)
def local_receivers(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]


def n_delivered() -> int:
    return Delivery.objects.filter(delivered_at__isnull=False).count()


def test_answers_and_the_end_of_the_queue_arrive_also_after_the_receiver_was_away(environment: dict[str, str]) -> None:
    project = make_project()
    make_items(project, 2)
    queue_items(project=project)
    rater = make_rater(project)

    def answer() -> None:
        turn = claim_item(project=project, rater=rater)
        assert turn is not None
        submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))

    first = Receiver()
    events = [WebhookEvent.JUDGEMENT, WebhookEvent.QUEUE_COMPLETE]
    create_webhook(project=project, url=first.url, events=events, user=None)
    with worker(environment):
        with first.serving():
            answer()
            wait_until(lambda: n_delivered() == 1, "the first answer is told")
        answer()
        failed = Delivery.objects.filter(delivered_at__isnull=True, attempts__gt=0, status_code__isnull=True)
        wait_until(failed.exists, "the receiver is missed")
        with Receiver(port=first.port).serving() as second:
            wait_until(lambda: n_delivered() == 3, "what was missed, and the end of the queue, are told")
    assert [told.headers["X-Judge-Event"] for told in first.told] == ["judgement"]
    assert sorted(told.headers["X-Judge-Event"] for told in second.told) == ["judgement", "queue_complete"]
    assert {told.delivery for told in (*first.told, *second.told)} == set(
        map(str, Delivery.objects.values_list("pk", flat=True))
    )


def test_what_a_killed_worker_was_sending_is_sent_by_the_next(environment: dict[str, str]) -> None:
    reached, go = threading.Event(), threading.Event()

    def answer(n: int) -> tuple[int, dict[str, str], bytes]:
        if n == 1:
            reached.set()
            go.wait(DEADLINE_S)
        return 204, {}, b""

    project = make_project()
    with Receiver(answer).serving() as receiver:
        create_webhook(project=project, url=receiver.url, events=[WebhookEvent.PAUSE], user=None)
        emit(WebhookEvent.PAUSE, project, {"rater": 1})
        with worker({**environment, "WEBHOOK_TIMEOUT_S": "60"}) as first:
            assert reached.wait(DEADLINE_S)
            kill(first)
        # The lease was long, for the request could have been: as if its time had gone by.
        project.webhooks.update(free_at=project.created_at)
        go.set()
        with worker(environment):
            wait_until(lambda: n_delivered() == 1, "it is sent again")
    delivery = Delivery.objects.get()
    assert [told.delivery for told in receiver.told] == [str(delivery.pk)] * 2
    assert delivery.attempts == 2
