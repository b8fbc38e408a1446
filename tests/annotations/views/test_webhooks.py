"""The pages of webhooks: a secret shown once, a log with the very words, and sending again."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from annotations.choices import Role, WebhookEvent
from annotations.models import Delivery, Project, Webhook
from annotations.selectors.webhooks import PAGE_SIZE
from annotations.services.webhooks import create_webhook, deliver, emit
from tests.factories import make_member, make_project
from tests.receivers import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(client: Client) -> Project:
    project = make_project(slug="tags")
    client.force_login(make_member(project, Role.LEAD))
    return project


def hook(project: Project, url: str = "https://hooks.test/") -> Webhook:
    return create_webhook(project=project, url=url, events=[WebhookEvent.PAUSE], user=None)[0]


def test_a_webhook_is_made_and_its_secret_shown_once(client: Client, project: Project) -> None:
    made = client.post("/p/tags/webhooks/", {"url": "https://hooks.test/", "events": ["judgement", "ruling"]})
    [secret] = set(re.findall(r"whsec_[0-9a-f]{64}", made.text))
    assert "no-store" in made.headers["Cache-Control"]
    webhook = Webhook.objects.get()
    assert (webhook.url, webhook.events) == ("https://hooks.test/", ["judgement", "ruling"])
    for address in ("/p/tags/webhooks/", f"/p/tags/webhooks/{webhook.pk}/"):
        assert "whsec_" not in client.get(address).text
    renewed = client.post(f"/p/tags/webhooks/{webhook.pk}/secret/").text
    assert re.findall(r"whsec_[0-9a-f]{64}", renewed)[0] != secret


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "http://10.0.0.1/", "events": ["pause"]}, "private network"),
        ({"url": "https://hooks.test/", "events": ["everything"]}, "not one of the available choices"),
        ({"url": "https://hooks.test/"}, "This field is required"),
        ({"url": "javascript:alert(1)", "events": ["pause"]}, "Enter a valid URL"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    client: Client, project: Project, given: dict[str, object], words: str
) -> None:
    refused = client.post("/p/tags/webhooks/", given)
    assert refused.status_code == 422
    assert words in refused.text
    assert not Webhook.objects.exists()


def test_a_webhook_is_changed_switched_off_and_deleted(client: Client, project: Project) -> None:
    webhook = hook(project)
    address = f"/p/tags/webhooks/{webhook.pk}/"
    client.post(address, {"url": "https://two.test/", "events": ["ruling"]})
    webhook.refresh_from_db()
    assert (webhook.url, webhook.events, webhook.is_active) == ("https://two.test/", ["ruling"], False)
    assert client.post(address, {"url": "http://127.0.0.1/", "events": ["ruling"]}).status_code == 422
    client.post(f"{address}delete/")
    assert not Webhook.objects.exists()


def test_the_log_has_the_very_body_and_reply_as_text(client: Client, project: Project, settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    with Receiver(lambda n: (400, {}, b"<script>alert(1)</script>")).serving() as receiver:
        webhook = hook(project, receiver.url)
        client.post(f"/p/tags/webhooks/{webhook.pk}/test/")
        deliver(webhook_id=webhook.pk)
    delivery = Delivery.objects.get()
    page = client.get(f"/p/tags/deliveries/{delivery.pk}/").text
    assert "&quot;event&quot;:&quot;test&quot;" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "expected a status of 200 to 299" in page
    assert "tried again" in client.get(f"/p/tags/webhooks/{webhook.pk}/").text
    Delivery.objects.update(next_attempt_at=None)
    assert "given up" in client.get(f"/p/tags/deliveries/{delivery.pk}/").text
    client.post(f"/p/tags/deliveries/{delivery.pk}/send/")
    delivery.refresh_from_db()
    assert delivery.next_attempt_at is not None
    assert delivery.attempts == 0


def test_a_long_log_goes_on_from_where_a_page_ends(client: Client, project: Project) -> None:
    webhook = hook(project)
    for number in range(PAGE_SIZE + 1):
        emit(WebhookEvent.PAUSE, project, {"number": number})
    first = client.get(f"/p/tags/webhooks/{webhook.pk}/").text
    match = re.search(r'rel="next" href="([^"]+)"', first)
    assert match is not None
    oldest = Delivery.objects.earliest("pk")
    assert f"/deliveries/{oldest.pk}/" not in first
    assert f"/deliveries/{oldest.pk}/" in client.get(match[1]).text
    assert client.get(f"/p/tags/webhooks/{webhook.pk}/?before=x").status_code == 200


def test_webhooks_of_another_project_are_404(client: Client, project: Project) -> None:
    foreign = hook(make_project())
    emit(WebhookEvent.PAUSE, foreign.project, {})
    assert client.get(f"/p/tags/webhooks/{foreign.pk}/").status_code == 404
    assert client.get(f"/p/tags/deliveries/{Delivery.objects.get().pk}/").status_code == 404
