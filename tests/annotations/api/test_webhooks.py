"""Webhooks over the API."""

from __future__ import annotations

import json

import pytest
from rest_framework.test import APIClient

from annotations.choices import Role, WebhookEvent
from annotations.models import Delivery, Webhook
from annotations.selectors.webhooks import PAGE_SIZE
from annotations.services.webhooks import emit
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/projects/tags/webhooks/"


@pytest.fixture
def api() -> APIClient:
    client = APIClient()
    client.force_authenticate(make_member(make_project(slug="tags"), Role.LEAD))
    return client


def test_a_webhook_is_made_changed_and_deleted_and_its_secret_given_once(api: APIClient) -> None:
    made = api.post(ROOT, {"url": "https://hooks.test/", "events": ["pause"]}, format="json")
    assert made.status_code == 201
    secret, address = made.json()["secret"], f"{ROOT}{made.json()['id']}/"
    assert secret.startswith("whsec_")
    assert "whsec_" not in api.get(ROOT).content.decode()
    changed = api.patch(address, {"is_active": False, "events": ["ruling", "judgement"]}, format="json").json()
    assert (changed["is_active"], changed["events"]) == (False, ["judgement", "ruling"])
    assert api.post(f"{address}secret/").json()["secret"] != secret
    assert api.delete(address).status_code == 204
    assert not Webhook.objects.exists()


def test_what_cannot_be_is_refused(api: APIClient) -> None:
    private = api.post(ROOT, {"url": "http://169.254.169.254/", "events": ["pause"]}, format="json")
    assert (private.status_code, private.json()["code"]) == (422, "webhook_invalid")
    for faulty in ({"url": "https://hooks.test/", "events": []}, {"url": "https://hooks.test/", "events": ["test"]}):
        assert api.post(ROOT, faulty, format="json").status_code == 400
    assert not Webhook.objects.exists()


def test_the_log_is_read_page_by_page_and_a_delivery_is_sent_again(api: APIClient) -> None:
    api.post(ROOT, {"url": "https://hooks.test/", "events": ["pause"]}, format="json")
    webhook = Webhook.objects.get()
    address = f"{ROOT}{webhook.pk}/"
    for number in range(PAGE_SIZE + 1):
        emit(WebhookEvent.PAUSE, webhook.project, {"number": number})
    first = api.get(f"{address}deliveries/").json()
    second = api.get(f"{address}deliveries/", {"before": first["before"]}).json()
    assert [len(page["deliveries"]) for page in (first, second)] == [PAGE_SIZE, 1]
    assert second["before"] is None
    assert api.get(f"{address}deliveries/", {"before": "x"}).status_code == 400
    oldest = second["deliveries"][0]["id"]
    Delivery.objects.filter(pk=oldest).update(next_attempt_at=None, attempts=8)
    read = api.get(f"{address}deliveries/{oldest}/").json()
    assert json.loads(read["body"])["data"] == {"number": 0}
    assert read["next_attempt_at"] is None
    again = api.post(f"{address}deliveries/{oldest}/send/")
    assert (again.status_code, again.json()["attempts"]) == (202, 0)
    assert again.json()["next_attempt_at"] is not None
    tried = api.post(f"{address}test/")
    assert (tried.status_code, tried.json()["event"]) == (201, "test")
