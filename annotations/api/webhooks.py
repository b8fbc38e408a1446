"""Webhooks and their logs over the API."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.refusals import RefusalSerializer, refusal
from annotations.choices import WebhookEvent
from annotations.errors import WebhookError
from annotations.models import Delivery, Membership, Webhook
from annotations.permissions import Capability, member_with
from annotations.selectors.webhooks import delivery_page
from annotations.services.webhooks import (
    change_webhook,
    create_webhook,
    delete_webhook,
    renew_secret,
    resend,
    send_test,
)

EVENTS = [event.value for event in WebhookEvent if event != WebhookEvent.TEST]


class WebhookSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    url = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS), allow_empty=False)
    is_active = serializers.BooleanField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)


class NewWebhookSerializer(WebhookSerializer):
    secret = serializers.CharField(read_only=True, help_text="It signs what is sent, and is shown this one time.")


class ChangedWebhookSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=500, required=False)
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS), allow_empty=False, required=False)
    is_active = serializers.BooleanField(required=False)


class SecretSerializer(serializers.Serializer[Any]):
    secret = serializers.CharField()


class DeliveryLineSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    event = serializers.CharField()
    attempts = serializers.IntegerField()
    status_code = serializers.IntegerField(allow_null=True, help_text="Of the last attempt; empty if nothing answered.")
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_attempt_at = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True, help_text="Empty once delivered or given up.")
    delivered_at = serializers.DateTimeField(allow_null=True)


class DeliverySerializer(DeliveryLineSerializer):
    body = serializers.CharField(help_text="What is sent, as it is signed.")
    reply = serializers.CharField()


class DeliveryPageSerializer(serializers.Serializer[Any]):
    deliveries = DeliveryLineSerializer(many=True)
    before = serializers.IntegerField(allow_null=True, help_text="To go on from; empty at the end.")


class _WebhookView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    def webhook(self, webhook_id: int) -> Webhook:
        return get_object_or_404(Webhook, project=self.membership.project, pk=webhook_id)

    def delivery(self, webhook_id: int, delivery_id: int) -> Delivery:
        return get_object_or_404(Delivery, webhook=self.webhook(webhook_id), pk=delivery_id)


class WebhooksView(_WebhookView):
    @extend_schema(operation_id="list_webhooks", responses=WebhookSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Webhooks of the project, without their secrets."""
        found = Webhook.objects.filter(project=self.membership.project).order_by("pk")
        return Response(WebhookSerializer(found, many=True).data)

    @extend_schema(
        operation_id="create_webhook",
        request=WebhookSerializer,
        responses={201: NewWebhookSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Name an address and what it is told of; the secret comes with this answer and no other."""
        given = WebhookSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            webhook, secret = create_webhook(
                project=self.membership.project,
                url=given.validated_data["url"],
                events=_events(given.validated_data["events"]),
                user=self.membership.user,
            )
        except WebhookError as err:
            return refusal(err, status.HTTP_422_UNPROCESSABLE_ENTITY)
        body = {**WebhookSerializer(webhook).data, "secret": secret}
        return Response(body, status=status.HTTP_201_CREATED)


class WebhookView(_WebhookView):
    @extend_schema(
        operation_id="change_webhook",
        request=ChangedWebhookSerializer,
        responses={200: WebhookSerializer, 422: RefusalSerializer},
    )
    def patch(self, request: Request, slug: str, webhook_id: int) -> Response:  # noqa: ARG002
        """Change the address or the events, or switch it off."""
        webhook = self.webhook(webhook_id)
        given = ChangedWebhookSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changes = given.validated_data
        try:
            change_webhook(
                webhook=webhook,
                url=changes.get("url"),
                events=_events(changes["events"]) if "events" in changes else None,
                is_active=changes.get("is_active"),
            )
        except WebhookError as err:
            return refusal(err, status.HTTP_422_UNPROCESSABLE_ENTITY)
        return Response(WebhookSerializer(webhook).data)

    @extend_schema(operation_id="delete_webhook", responses={204: None})
    def delete(self, request: Request, slug: str, webhook_id: int) -> Response:  # noqa: ARG002
        """Delete it with its log."""
        delete_webhook(webhook=self.webhook(webhook_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class WebhookSecretView(_WebhookView):
    @extend_schema(operation_id="renew_webhook_secret", request=None, responses=SecretSerializer)
    def post(self, request: Request, slug: str, webhook_id: int) -> Response:  # noqa: ARG002
        """A new secret; the old one signs nothing from now on."""
        return Response({"secret": renew_secret(webhook=self.webhook(webhook_id))})


class WebhookTestView(_WebhookView):
    @extend_schema(operation_id="test_webhook", request=None, responses={201: DeliverySerializer})
    def post(self, request: Request, slug: str, webhook_id: int) -> Response:  # noqa: ARG002
        """Send an event that means nothing."""
        delivery = send_test(webhook=self.webhook(webhook_id))
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_201_CREATED)


class DeliveriesView(_WebhookView):
    @extend_schema(
        operation_id="list_deliveries",
        parameters=[OpenApiParameter("before", int, description="As it came with the page before.")],
        responses=DeliveryPageSerializer,
    )
    def get(self, request: Request, slug: str, webhook_id: int) -> Response:  # noqa: ARG002
        """The log, the newest first."""
        asked = serializers.IntegerField(min_value=0, max_value=2**63 - 1, allow_null=True)
        before = asked.run_validation(request.query_params.get("before"))
        page = delivery_page(self.webhook(webhook_id), before=before)
        return Response(DeliveryPageSerializer(page).data)


class DeliveryView(_WebhookView):
    @extend_schema(operation_id="read_delivery", responses=DeliverySerializer)
    def get(self, request: Request, slug: str, webhook_id: int, delivery_id: int) -> Response:  # noqa: ARG002
        """The body that was sent, and what came back."""
        return Response(DeliverySerializer(self.delivery(webhook_id, delivery_id)).data)


class ResendView(_WebhookView):
    @extend_schema(operation_id="resend_delivery", request=None, responses={202: DeliverySerializer})
    def post(self, request: Request, slug: str, webhook_id: int, delivery_id: int) -> Response:  # noqa: ARG002
        """Send the same body under the same number again."""
        delivery = self.delivery(webhook_id, delivery_id)
        resend(delivery=delivery)
        delivery.refresh_from_db()
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_202_ACCEPTED)


def _events(names: list[str]) -> list[WebhookEvent]:
    return [WebhookEvent(name) for name in names]
