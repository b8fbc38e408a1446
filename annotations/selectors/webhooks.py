"""Webhooks and what came of what they were sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet

from annotations.models import Delivery, Project, Webhook

PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class DeliveryPage:
    """The newest first; `before` is the id to go on from, None at the end."""

    deliveries: list[Delivery]
    before: int | None


def webhooks_of(project: Project) -> QuerySet[Webhook]:
    """With `n_delivered`, `n_waiting` and `n_given_up` of what is in their logs."""
    is_waiting = Q(deliveries__next_attempt_at__isnull=False)
    is_delivered = Q(deliveries__delivered_at__isnull=False)
    return (
        Webhook.objects.filter(project=project)
        .annotate(
            n_delivered=Count("deliveries", filter=is_delivered),
            n_waiting=Count("deliveries", filter=is_waiting),
            n_given_up=Count("deliveries", filter=Q(deliveries__isnull=False) & ~is_waiting & ~is_delivered),
        )
        .order_by("pk")
    )


def delivery_page(webhook: Webhook, *, before: int | None = None, size: int = PAGE_SIZE) -> DeliveryPage:
    """One page of a log; the bodies are left out."""
    rows = Delivery.objects.filter(webhook=webhook.pk).order_by("-pk").defer("body", "reply")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    return DeliveryPage(found[:size], before=found[size - 1].pk if len(found) > size else None)
