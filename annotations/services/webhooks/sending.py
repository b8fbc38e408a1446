"""Sending what waits, by one worker an address at a time."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.choices import AssignmentStatus, Purpose, QueueState, WebhookEvent
from annotations.handoff import deliver_soon
from annotations.models import Assignment, Delivery, QueuedItem, Webhook
from annotations.services.webhooks.outbox import write_to
from annotations.services.webhooks.posting import Reply, post
from annotations.services.webhooks.signing import headers_of, secret_of

MOST_ATTEMPTS: Final = 8
LONGEST_PAUSE: Final = timedelta(minutes=1)
"""How long an address is left alone after it failed, whatever waits for it."""
TURN_S: Final = 30.0
"""How long a worker stays with one address before others have their turn."""
KEPT_FOR: Final = timedelta(days=30)
DROPPED_AT_ONCE: Final = 5_000

log = structlog.get_logger(__name__)


def deliver(*, webhook_id: int) -> int:
    """Send what is due to one address, the oldest first, until it fails once or a turn is over.

    Only one worker does it at a time, so an address that does not answer holds up one thread, and events arrive in
    their order as long as none fails. A worker that dies is waited for as long as a lease lasts; what it was sending is
    sent again, so whatever arrives may arrive twice, under the same number.

    Returns: how many were taken.
    """
    webhook = _take(webhook_id)
    if webhook is None:
        return 0
    n_taken, ends_at = 0, time.monotonic() + TURN_S
    while time.monotonic() < ends_at and (delivery := _next_due(webhook)) is not None:
        if not _hold(webhook):
            return n_taken  # another worker has it
        if not _begin(delivery):
            continue
        reply = _send(delivery)
        _note(delivery, reply)
        if not reply.is_taken:
            _free(webhook, after=min(_pause(delivery.attempts), LONGEST_PAUSE))
            return n_taken
        n_taken += 1
    _free(webhook)
    if _next_due(webhook) is not None:
        with transaction.atomic():
            deliver_soon(webhook.pk)
    return n_taken


def sweep_webhooks() -> None:
    """Tell of queues that are complete, have what is due sent whose message was lost, and drop old logs."""
    _tell_of_complete_queues()
    now = timezone.now()
    due = Delivery.objects.due(now).filter(webhook=OuterRef("pk"))
    for webhook_id in Webhook.objects.filter(Exists(due), is_active=True, free_at__lte=now).values_list(
        "pk", flat=True
    ):
        deliver_soon(webhook_id)
    over = Delivery.objects.filter(next_attempt_at__isnull=True, created_at__lt=now - KEPT_FOR).order_by("pk")
    Delivery.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:DROPPED_AT_ONCE])).delete()


def _take(webhook_id: int) -> Webhook | None:
    now = timezone.now()
    free = Webhook.objects.filter(pk=webhook_id, is_active=True, free_at__lte=now)
    until = _lease_end()
    if not free.update(free_at=until):
        return None
    return Webhook.objects.filter(pk=webhook_id, free_at=until).first()


def _hold(webhook: Webhook) -> bool:
    """Renew the lease before a request, which is shorter; False if it is not ours any more, or is switched off."""
    until = _lease_end()
    held = Webhook.objects.filter(pk=webhook.pk, free_at=webhook.free_at, is_active=True).update(free_at=until)
    webhook.free_at = until
    return bool(held)


def _free(webhook: Webhook, *, after: timedelta = timedelta()) -> None:
    Webhook.objects.filter(pk=webhook.pk, free_at=webhook.free_at).update(free_at=timezone.now() + after)


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_S + settings.WEBHOOK_TIMEOUT_S)


def _next_due(webhook: Webhook) -> Delivery | None:
    due = Delivery.objects.due(timezone.now()).filter(webhook=webhook.pk).select_related("webhook")
    return due.order_by("next_attempt_at", "pk").first()


def _begin(delivery: Delivery) -> bool:
    """Count an attempt before it is made: one that takes its worker down counts too.

    Returns: False if it is not to be made, because it was sent again meanwhile or the attempts are used up.
    """
    as_it_was = Delivery.objects.filter(
        pk=delivery.pk, attempts=delivery.attempts, next_attempt_at=delivery.next_attempt_at
    )
    if delivery.attempts >= MOST_ATTEMPTS:
        as_it_was.update(next_attempt_at=None)
        return False
    now = timezone.now()
    delivery.attempts += 1
    return bool(
        as_it_was.update(
            attempts=delivery.attempts,
            last_attempt_at=now,
            next_attempt_at=now + _pause(delivery.attempts),
            status_code=None,
            reply="",
            error=_("the worker that sent it stopped before an answer came"),
        )
    )


def _send(delivery: Delivery) -> Reply:
    headers = headers_of(delivery, secret_of(delivery.webhook), timestamp=int(time.time()))
    return post(delivery.webhook.url, delivery.body.encode(), headers)


def _note(delivery: Delivery, reply: Reply) -> None:
    now = timezone.now()
    mine = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts)
    said = {"status_code": reply.status_code, "reply": reply.text, "error": reply.error}
    if reply.is_taken:
        mine.update(delivered_at=now, next_attempt_at=None, **said)
    elif delivery.attempts >= MOST_ATTEMPTS:
        mine.update(next_attempt_at=None, **said)
        log.warning("webhook given up", delivery=delivery.pk, url=delivery.webhook.url, error=reply.error)
    else:
        mine.update(**said)


def _pause(attempts: int) -> timedelta:
    """Four times as long after each attempt, and up to half as long again: many do not come back at once."""
    seconds = settings.WEBHOOK_RETRY_S * 4 ** (attempts - 1)
    return timedelta(seconds=seconds * (1 + random.random() / 2))  # noqa: S311


def _tell_of_complete_queues() -> None:
    """Tell once when a queue that has items has none that is open or in hand, and again when that was not so between.

    A look at the rows and not a count at each answer: the last two answers may come at once, and a lease can end last.
    """
    of_project = QueuedItem.objects.filter(project=OuterRef("project"))
    held = Assignment.objects.filter(project=OuterRef("project"), status=AssignmentStatus.LEASED, purpose=Purpose.WORK)
    is_open = [of_project.filter(state=QueueState.OPEN, is_reserved=kept) for kept in (False, True)]
    is_complete = Exists(of_project) & ~Exists(is_open[0]) & ~Exists(is_open[1]) & ~Exists(held)
    listening = Webhook.objects.filter(is_active=True, events__contains=[WebhookEvent.QUEUE_COMPLETE])
    listening.filter(~is_complete, knows_complete=True).update(knows_complete=False)
    for webhook in listening.filter(is_complete, knows_complete=False).select_related("project"):
        with transaction.atomic():
            if Webhook.objects.filter(pk=webhook.pk, knows_complete=False).update(knows_complete=True):
                data = {"n_items": QueuedItem.objects.filter(project=webhook.project_id).count()}
                write_to(webhook, WebhookEvent.QUEUE_COMPLETE, data)
