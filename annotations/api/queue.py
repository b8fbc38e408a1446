"""The queue over the API: how it is doing, and drawing items for people."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.chores import ChoreSerializer, chore_answer
from annotations.api.stored_draws import StoredDrawSerializer
from annotations.choices import Order, WorkState
from annotations.errors import DrawError
from annotations.models import Membership, User
from annotations.permissions import Capability, member_with
from annotations.selectors.draws import draws_of, repeat_draw
from annotations.selectors.queue_health import queue_health
from annotations.services.chores import ask_draw

DRAWS_LISTED = 100


class QueueForecastSerializer(serializers.Serializer[Any]):
    days = serializers.FloatField(allow_null=True, help_text="Null with too few answers or days.")
    low = serializers.FloatField(allow_null=True, help_text="Of a 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    a_day = serializers.FloatField(allow_null=True, help_text="Answers a day, lately.")
    n_days = serializers.IntegerField()
    n_answers = serializers.IntegerField()


class SliceHealthSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(help_text="Empty for items without the slice.")
    items = serializers.DictField(child=serializers.IntegerField())


class PersonHealthSerializer(serializers.Serializer[Any]):
    rater_id = serializers.IntegerField()
    name = serializers.CharField()
    is_paused = serializers.BooleanField()
    is_simulated = serializers.BooleanField()
    turns = serializers.DictField(child=serializers.IntegerField())


class QueueHealthSerializer(serializers.Serializer[Any]):
    items = serializers.DictField(
        child=serializers.IntegerField(), help_text="Queued items: waiting, in_hand, stuck, complete."
    )
    turns = serializers.DictField(
        child=serializers.IntegerField(), help_text="Turns at work: leased, overdue, done, skipped, expired."
    )
    stuck = serializers.DictField(child=serializers.IntegerField(), help_text="Stuck items by why.")
    n_wanted = serializers.IntegerField(help_text="Answers wanted in all.")
    forecast = QueueForecastSerializer()
    slices = SliceHealthSerializer(many=True)
    people = PersonHealthSerializer(many=True)


class ItemDrawSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, help_text="Null for all.")
    order = serializers.ChoiceField(
        required=False, allow_null=True, default=None, choices=[order.value for order in Order],
        help_text="Instead of the policy's.",
    )  # fmt: skip
    seed = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=2**63 - 1,
        help_text="Instead of the policy's.",
    )  # fmt: skip

    def validate_order(self, text: str | None) -> Order | None:
        return Order(text) if text else None


class RepeatedSerializer(serializers.Serializer[Any]):
    is_same = serializers.BooleanField(help_text="Whether it selects the same items in the same order.")
    n_drawn = serializers.IntegerField()
    n_found = serializers.IntegerField(help_text="Of the items that it brought to the queue, those selected again.")


class RepeatedDrawSerializer(StoredDrawSerializer):
    repeated = RepeatedSerializer()


class _ManagerView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership


class QueueView(_ManagerView):
    @extend_schema(
        operation_id="read_queue",
        parameters=[OpenApiParameter("slice", str, description="Also by the values of this slice.")],
        responses=QueueHealthSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """What waits, what is stuck, who does what, and when it will be finished."""
        health = queue_health(self.membership.project, slice_key=request.query_params.get("slice", ""))
        row = asdict(health)
        row["forecast"] = {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in row["forecast"].items()
        }
        return Response(QueueHealthSerializer(row).data)


class DrawsView(_ManagerView):
    @extend_schema(operation_id="list_draws", responses=StoredDrawSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Draws of items for people, the newest first, 100 at most."""
        return Response(StoredDrawSerializer(draws_of(self.membership.project)[:DRAWS_LISTED], many=True).data)

    @extend_schema(
        operation_id="draw_items", request=ItemDrawSerializer, responses={201: ChoreSerializer, 202: ChoreSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Send items to people as the policy draws them; those in the queue stay as they are.

        Where the project has many items a worker draws: 202, and `poll` is the address that says when it is done.
        """
        asked = ItemDrawSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            chore = ask_draw(project=self.membership.project, user=cast("User", request.user), **asked.validated_data)
        except DrawError as err:
            raise serializers.ValidationError({"n": str(err)}) from err
        if chore.state == WorkState.FAILED:
            raise serializers.ValidationError({"n": chore.error})
        done = status.HTTP_202_ACCEPTED if chore.is_unfinished else status.HTTP_201_CREATED
        return Response(chore_answer(chore), status=done)


class DrawView(_ManagerView):
    @extend_schema(operation_id="read_draw", responses=RepeatedDrawSerializer)
    def get(self, request: Request, slug: str, draw_id: int) -> Response:  # noqa: ARG002
        """One draw, repeated from what is stored of it to see that it selects the same."""
        draw = draws_of(self.membership.project).filter(pk=draw_id).first()
        if draw is None:
            raise NotFound
        return Response({**StoredDrawSerializer(draw).data, "repeated": RepeatedSerializer(repeat_draw(draw)).data})
