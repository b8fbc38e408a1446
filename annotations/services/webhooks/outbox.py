"""What is to be told, written in the transaction of what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from django.db import connection
from django.utils import timezone

from annotations.choices import WebhookEvent
from annotations.handoff import deliver_soon
from annotations.models import Delivery, Judgement, Project, Webhook

EMIT: Final = """
WITH listening AS (
    SELECT id, free_at FROM annotations_webhook
    WHERE project_id = %(project)s AND is_active AND %(event)s = ANY (events)
), told AS (
    INSERT INTO annotations_delivery (webhook_id, event, body, attempts, reply, error, created_at, next_attempt_at)
    SELECT id, %(event)s, %(body)s, 0, '', '', clock_timestamp(), clock_timestamp() FROM listening
)
SELECT id, free_at <= clock_timestamp() FROM listening
"""

# Of a row of judgements; gives the webhooks to wake. Nothing but a look at an index where nobody listens.
TELL_OF_ANSWER: Final = "annotations_tell_of_answer"


def emit(event: WebhookEvent, project: Project, data: Mapping[str, Any]) -> int:
    """Tell the project's webhooks that ask for it; call it in the transaction of the event.

    Args:
        data: ids and plain facts, no evidence and no words of people: it leaves the platform.
    Returns: how many addresses are told; without any, nothing was written.
    """
    with connection.cursor() as cursor:
        cursor.execute(EMIT, {"project": project.pk, "event": event.value, "body": _body(event, project, data)})
        listening = cursor.fetchall()
    wake(webhook_id for webhook_id, is_free in listening if is_free)
    return len(listening)


def emit_answer(judgement: Judgement) -> None:
    """Tell of a person's answer that was stored in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {TELL_OF_ANSWER}(j) FROM annotations_judgement j WHERE id = %s",  # noqa: S608  a name of our own
            [judgement.pk],
        )
        [listeners] = cursor.fetchone()
    wake(listeners)


def emit_answers(judgements: Sequence[Judgement]) -> None:
    """Tell of a person's answers on several items that were stored in this transaction, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {TELL_OF_ANSWER}(j) FROM annotations_judgement j WHERE id = ANY (%s) ORDER BY id",  # noqa: S608
            [[judgement.pk for judgement in judgements]],
        )
        told = cursor.fetchall()
    wake({webhook_id for (listeners,) in told for webhook_id in listeners or ()})


def write_to(webhook: Webhook, event: WebhookEvent, data: Mapping[str, Any]) -> Delivery:
    """Tell one address, whether or not it asks for the event."""
    delivery = Delivery.objects.create(webhook=webhook, event=event, body=_body(event, webhook.project, data))
    deliver_soon(webhook.pk)
    return delivery


def wake(webhook_ids: Iterable[int] | None) -> None:
    """Have workers look at these addresses after commit; those that are busy or pause look by themselves."""
    for webhook_id in webhook_ids or ():
        deliver_soon(webhook_id)


def _body(event: WebhookEvent, project: Project, data: Mapping[str, Any]) -> str:
    body = {"event": event.value, "project": project.slug, "at": timezone.now().isoformat(), "data": dict(data)}
    return orjson.dumps(body).decode()
