"""Sending to a real server: signed, tried again, given up, and never to where nothing may be sent."""

from __future__ import annotations

import re
import socket
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from annotations.choices import WebhookEvent
from annotations.errors import WebhookError
from annotations.models import Delivery, Project, Webhook
from annotations.services.webhooks import (
    change_webhook,
    create_webhook,
    deliver,
    emit,
    renew_secret,
    resend,
    send_test,
    sweep_webhooks,
)
from annotations.services.webhooks.posting import post
from annotations.services.webhooks.sending import KEPT_FOR, LONGEST_PAUSE, MOST_ATTEMPTS
from tests.conftest import ROOT
from tests.factories import make_project
from tests.receivers import Receiver, Told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def local_receivers(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1:*"]
    settings.WEBHOOK_TIMEOUT_S = 5


def told_of(receiver: Receiver, project: Project, n: int = 1) -> tuple[Webhook, str]:
    webhook, secret = create_webhook(project=project, url=receiver.url, events=[WebhookEvent.PAUSE], user=None)
    for number in range(n):
        emit(WebhookEvent.PAUSE, project, {"number": number})
    return webhook, secret


def is_signed(told: Told, secret: str) -> bool:
    """As the guide says, and not by the code that signs."""
    [guide] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(guide, names)  # noqa: S102
    return bool(names["is_ours"](secret, told.headers["X-Judge-Signature"], told.body))


def try_again(webhook: Webhook) -> Delivery:
    """As if the time until the next attempt had gone by."""
    past = timezone.now() - timedelta(seconds=1)
    Webhook.objects.filter(pk=webhook.pk).update(free_at=past)
    Delivery.objects.filter(webhook=webhook, next_attempt_at__isnull=False).update(next_attempt_at=past)
    deliver(webhook_id=webhook.pk)
    return Delivery.objects.get(webhook=webhook)


def test_what_is_due_is_sent_in_order_signed_and_once() -> None:
    with Receiver(lambda n: (200, {}, b"thanks")).serving() as receiver:
        webhook, secret = told_of(receiver, make_project(), 3)
        assert deliver(webhook_id=webhook.pk) == 3
        assert deliver(webhook_id=webhook.pk) == 0
    assert [told.body.decode() for told in receiver.told] == [
        delivery.body for delivery in Delivery.objects.order_by("pk")
    ]
    assert all(is_signed(told, secret) for told in receiver.told)
    assert not is_signed(Told(receiver.told[0].headers, receiver.told[0].body + b" "), secret)
    first = Delivery.objects.order_by("pk")[0]
    assert receiver.told[0].headers["X-Judge-Event"] == "pause"
    assert receiver.told[0].delivery == str(first.pk)
    assert (first.attempts, first.status_code, first.reply, first.error) == (1, 200, "thanks", "")
    assert first.delivered_at is not None
    assert first.next_attempt_at is None


def test_what_is_refused_is_tried_again_later_and_later_and_then_given_up() -> None:
    project = make_project()
    with Receiver(lambda n: (500, {}, b"no\x00")).serving() as receiver:
        webhook, _ = told_of(receiver, project)
        pauses = []
        for attempt in range(1, MOST_ATTEMPTS + 1):
            delivery = try_again(webhook)
            assert (delivery.attempts, delivery.status_code, delivery.reply) == (attempt, 500, "no�")
            if delivery.next_attempt_at is not None:
                assert delivery.last_attempt_at is not None
                pauses.append((delivery.next_attempt_at - delivery.last_attempt_at).total_seconds())
        assert try_again(webhook).attempts == MOST_ATTEMPTS
    assert delivery.is_given_up
    assert len(receiver.told) == MOST_ATTEMPTS
    for attempt, pause in enumerate(pauses):
        assert 10 * 4**attempt <= pause <= 1.5 * 10 * 4**attempt


def test_an_address_that_fails_is_left_alone_for_a_while_whatever_waits() -> None:
    with Receiver(lambda n: (503, {}, b"")).serving() as receiver:
        webhook, _ = told_of(receiver, make_project(), 3)
        assert deliver(webhook_id=webhook.pk) == deliver(webhook_id=webhook.pk) == 0
    assert len(receiver.told) == 1
    webhook.refresh_from_db()
    assert timezone.now() < webhook.free_at < timezone.now() + LONGEST_PAUSE


def test_a_redirect_is_not_followed() -> None:
    with Receiver().serving() as other, Receiver(lambda n: (307, {"Location": other.url}, b"")).serving() as receiver:
        webhook, _ = told_of(receiver, make_project())
        deliver(webhook_id=webhook.pk)
    assert other.told == []
    delivery = Delivery.objects.get()
    assert delivery.status_code == 307
    assert "redirects are not followed" in delivery.error


def test_an_address_that_is_gone_or_never_answers_is_said_so(settings: Settings) -> None:
    settings.WEBHOOK_TIMEOUT_S = 1
    silent = socket.create_server(("127.0.0.1", 0))
    with silent:
        webhook, _ = told_of(Receiver(), make_project())
        change_webhook(webhook=webhook, url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        deliver(webhook_id=webhook.pk)
        assert Delivery.objects.get().error == "no answer within 1 s"
    delivery = try_again(webhook)
    assert delivery.status_code is None
    assert "ClientConnectorError" in delivery.error


def test_what_is_sent_again_has_the_same_number_and_body() -> None:
    with Receiver().serving() as receiver:
        webhook, secret = told_of(receiver, make_project())
        deliver(webhook_id=webhook.pk)
        resend(delivery=Delivery.objects.get())
        renewed = renew_secret(webhook=webhook)
        deliver(webhook_id=webhook.pk)
    first, second = receiver.told
    assert (first.body, first.delivery) == (second.body, second.delivery)
    assert renewed != secret
    assert (is_signed(first, secret), is_signed(second, secret), is_signed(second, renewed)) == (True, False, True)


def test_a_test_is_sent_whatever_is_listened_to() -> None:
    with Receiver().serving() as receiver:
        webhook, _ = told_of(receiver, make_project(), 0)
        send_test(webhook=webhook)
        assert deliver(webhook_id=webhook.pk) == 1
    assert receiver.told[0].headers["X-Judge-Event"] == "test"


def test_one_worker_sends_to_an_address_at_a_time_and_one_that_died_is_waited_for() -> None:
    with Receiver().serving() as receiver:
        webhook, _ = told_of(receiver, make_project())
        Webhook.objects.update(free_at=timezone.now() + timedelta(seconds=30))
        assert deliver(webhook_id=webhook.pk) == 0
        Webhook.objects.update(free_at=timezone.now())
        assert deliver(webhook_id=webhook.pk) == 1
    assert len(receiver.told) == 1


def test_nothing_is_sent_while_a_webhook_is_off() -> None:
    with Receiver().serving() as receiver:
        webhook, _ = told_of(receiver, make_project())
        change_webhook(webhook=webhook, is_active=False)
        assert deliver(webhook_id=webhook.pk) == 0
        change_webhook(webhook=webhook, is_active=True)
        assert deliver(webhook_id=webhook.pk) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://a.localhost/", "http://[::1]/", "http://10.0.0.1/",
        "http://192.168.1.1:8000/", "http://169.254.169.254/latest/meta-data/", "http://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[fe80::1]/",
        "http://224.0.0.1/", "http://100.64.0.1/",
    ],
)  # fmt: skip
def test_nothing_is_sent_to_this_machine_or_a_private_network(url: str, settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = []
    with pytest.raises(WebhookError, match="private network"):
        create_webhook(project=make_project(), url=url, events=[WebhookEvent.PAUSE], user=None)
    assert "private network" in post(url, b"{}", {}).error
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("host", ["localhost.", "127.1", "2130706433", "0x7f000001", socket.gethostname()])
def test_a_name_that_stands_for_this_machine_is_found_out_when_it_is_resolved(host: str, settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = []
    with Receiver().serving() as receiver:
        reply = post(f"http://{host}:{receiver.port}/", b"{}", {})
    assert reply.status_code is None
    assert receiver.told == []


@pytest.mark.parametrize(
    "url", ["ftp://hooks.test/", "hooks.test", "https://", "https://user:word@hooks.test/", "https://hooks.test/#part"]
)
def test_an_address_that_is_none_is_refused_in_words(url: str) -> None:
    with pytest.raises(WebhookError, match="expected"):
        create_webhook(project=make_project(), url=url, events=[WebhookEvent.PAUSE], user=None)


def test_a_webhook_needs_an_event() -> None:
    with pytest.raises(WebhookError, match="got none"):
        create_webhook(project=make_project(), url="https://hooks.test/", events=[], user=None)


def test_a_copy_of_the_database_holds_no_secret() -> None:
    webhook, secret = create_webhook(
        project=make_project(), url="https://hooks.test/", events=[WebhookEvent.PAUSE], user=None
    )
    assert secret.startswith("whsec_")
    assert webhook.seed not in secret
    assert secret.removeprefix("whsec_") not in str(Webhook.objects.values().get())


def test_old_logs_are_dropped_and_what_waits_is_kept() -> None:
    with Receiver().serving() as receiver:
        webhook, _ = told_of(receiver, make_project())
        deliver(webhook_id=webhook.pk)
    emit(WebhookEvent.PAUSE, webhook.project, {})
    Delivery.objects.update(created_at=timezone.now() - KEPT_FOR - timedelta(hours=1))
    sweep_webhooks()
    assert Delivery.objects.get().delivered_at is None
