"""Reservations over the API: items or a range of the queue for named people."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.named_people import raters_of
from annotations.api.refusals import RefusalSerializer, refusal
from annotations.errors import ReservationError
from annotations.models import Membership, Project
from annotations.permissions import Capability, member_with
from annotations.selectors.reservations import items_in_range, reservation_lines
from annotations.services.reservations import release_items, reserve_items


class ReservationLineSerializer(serializers.Serializer[Any]):
    person = serializers.CharField(help_text="User name.")
    n_waiting = serializers.IntegerField(help_text="Kept for them and not taken yet.")
    n_taken = serializers.IntegerField()


class RangeSerializer(serializers.Serializer[Any]):
    items = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False, max_length=10_000,
        help_text="Ids of items; or give `first` and `last`.",
    )  # fmt: skip
    first = serializers.IntegerField(required=False, min_value=0, help_text="First place in the queue.")
    last = serializers.IntegerField(required=False, min_value=0, help_text="Last place in the queue, included.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("items" in attrs) == ("first" in attrs or "last" in attrs):
            raise serializers.ValidationError("expected either items, or first or last")
        return attrs

    def item_ids(self, project: Project) -> list[int]:
        given = self.validated_data
        if "items" in given:
            return list(given["items"])
        return items_in_range(project, first=given.get("first"), last=given.get("last"))


class ReserveSerializer(RangeSerializer):
    people = serializers.ListField(child=serializers.CharField(), min_length=1, help_text="User names.")
    split = serializers.BooleanField(default=False, help_text="Each item for one of them in turn, and not for all.")


class ReservedSerializer(serializers.Serializer[Any]):
    n_items = serializers.IntegerField()
    n_left_out = serializers.IntegerField(help_text="Not in the queue, or had by the people named.")


class ReleasedSerializer(serializers.Serializer[Any]):
    n_items = serializers.IntegerField()


class ReservationsView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    @extend_schema(operation_id="list_reservations", responses=ReservationLineSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """For whom how much is kept."""
        lines = reservation_lines(self.membership.project)
        return Response(ReservationLineSerializer(lines, many=True).data)

    @extend_schema(
        operation_id="reserve_items",
        request=ReserveSerializer,
        responses={200: ReservedSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Keep queued items for people; what was kept for others and not taken is kept no longer."""
        project = self.membership.project
        given = ReserveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            reserved = reserve_items(
                project=project,
                item_ids=given.item_ids(project),
                raters=raters_of(project, given.validated_data["people"]),
                is_split=given.validated_data["split"],
            )
        except ReservationError as err:
            return refusal(err, status.HTTP_422_UNPROCESSABLE_ENTITY)
        return Response(ReservedSerializer(reserved).data)


class ReleaseView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    @extend_schema(operation_id="release_items", request=RangeSerializer, responses=ReleasedSerializer)
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Let everybody have reserved items again."""
        project = self.membership.project
        given = RangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        n_items = release_items(project=project, item_ids=given.item_ids(project))
        return Response(ReleasedSerializer({"n_items": n_items}).data)
