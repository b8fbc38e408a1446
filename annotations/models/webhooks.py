"""Addresses of other programs, and what they are told."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotations.choices import WebhookEvent
from annotations.models.fields import choices_of
from annotations.models.projects import Project


class Webhook(models.Model):
    """An address that is told of events of a project.

    Attributes:
        seed: the secret that signs is made of it and of the platform's own, so a copy of the database signs nothing.
        free_at: no worker sends before it: one sends now, or the address failed a moment ago.
        knows_complete: it was told that the queue is complete, and the queue has been so since.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    seed = models.CharField(max_length=64)
    events = ArrayField(models.CharField(max_length=20, choices=choices_of(WebhookEvent)))
    is_active = models.BooleanField(default=True)
    free_at = models.DateTimeField(default=timezone.now)
    knows_complete = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.url


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> DeliveryQuerySet:
        return self.filter(next_attempt_at__lte=now, webhook__is_active=True)


class Delivery(models.Model):
    """One event on its way to one address.

    Attributes:
        body: the bytes that are sent, as text.
        next_attempt_at: empty once it is delivered or given up.
        status_code, reply, error: of the last attempt; without a status code nothing answered.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.CharField(max_length=20, choices=choices_of(WebhookEvent))
    body = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    reply = models.TextField(blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(next_attempt_at__isnull=True),
                name="what_is_delivered_is_not_sent_again",
            )
        ]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="deliveries_of_a_webhook"),
            models.Index(
                fields=["webhook", "next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="deliveries_to_send",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook_id}"

    @property
    def is_given_up(self) -> bool:
        return self.delivered_at is None and self.next_attempt_at is None
