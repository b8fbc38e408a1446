"""The card of a judge version over the API."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.models import Membership
from annotations.permissions import Capability, member_with
from annotations.selectors.ratings import ItemSlice
from models_llm.selectors.judge_card import card_document, judge_card
from models_llm.selectors.judges import whole_versions


class JudgeCardView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(
        operation_id="read_judge_card",
        parameters=[OpenApiParameter("slice", str, description="Agreement on items of this slice, as key=value.")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, slug: str, version_id: int) -> Response:  # noqa: ARG002
        """All that is known of a version: identity, agreement, calibration, bias, cost and speed."""
        version = get_object_or_404(whole_versions(self.membership.project), pk=version_id)
        asked = request.query_params.get("slice")
        try:
            item_slice = ItemSlice.parse(asked) if asked else None
        except ValueError as err:
            raise serializers.ValidationError({"slice": str(err)}) from err
        return Response(card_document(judge_card(version, item_slice=item_slice)))
