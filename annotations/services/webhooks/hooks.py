"""Addresses that are told of a project, as a lead sets them up."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.choices import WebhookEvent
from annotations.errors import WebhookError
from annotations.handoff import deliver_soon
from annotations.models import Delivery, Project, User, Webhook
from annotations.services.webhooks.outbox import write_to
from annotations.services.webhooks.posting import check_url
from annotations.services.webhooks.signing import new_seed, secret_of


def create_webhook(
    *, project: Project, url: str, events: Collection[WebhookEvent], user: User | None
) -> tuple[Webhook, str]:
    """A new webhook, and its secret, which is shown to nobody again.

    Raises: WebhookError, if nothing may be sent to the address, or no event is named.
    """
    _check(url, events)
    webhook = Webhook.objects.create(
        project=project, url=url, seed=new_seed(), events=_in_order(events), created_by=user
    )
    return webhook, secret_of(webhook)


def change_webhook(
    *,
    webhook: Webhook,
    url: str | None = None,
    events: Collection[WebhookEvent] | None = None,
    is_active: bool | None = None,
) -> None:
    """Change what is given. While it is not active nothing new is written for it, and what waits goes on waiting.

    Raises: WebhookError, as `create_webhook`.
    """
    url = webhook.url if url is None else url
    chosen = [WebhookEvent(event) for event in webhook.events] if events is None else events
    _check(url, chosen)
    webhook.url, webhook.events = url, _in_order(chosen)
    webhook.is_active = webhook.is_active if is_active is None else is_active
    webhook.save(update_fields=["url", "events", "is_active"])


def renew_secret(*, webhook: Webhook) -> str:
    """Put a new secret in the place of the old one, which signs nothing from now on."""
    webhook.seed = new_seed()
    webhook.save(update_fields=["seed"])
    return secret_of(webhook)


def delete_webhook(*, webhook: Webhook) -> None:
    """With its log."""
    Webhook.objects.filter(pk=webhook.pk).delete()


@transaction.atomic
def send_test(*, webhook: Webhook) -> Delivery:
    """Send an event that means nothing, to see whether the address takes it."""
    return write_to(webhook, WebhookEvent.TEST, {})


@transaction.atomic
def resend(*, delivery: Delivery) -> None:
    """Send the same body under the same number again, whatever came of it, with all its attempts anew."""
    Delivery.objects.filter(pk=delivery.pk).update(attempts=0, delivered_at=None, next_attempt_at=timezone.now())
    deliver_soon(delivery.webhook_id)


def _check(url: str, events: Collection[WebhookEvent]) -> None:
    check_url(url)
    if not events:
        raise WebhookError(_("expected an event at least, got none"))


def _in_order(events: Collection[WebhookEvent]) -> list[str]:
    return [event.value for event in WebhookEvent if event in events and event != WebhookEvent.TEST]
