"""Verdicts over the API."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.models import Membership, User
from annotations.permissions import Capability, member_with
from annotations.selectors.items import held_by
from models_llm.selectors.verdicts import ShownCall, VerdictCriterion, verdict_detail


class ProbabilitySerializer(serializers.Serializer[Any]):
    event = serializers.CharField(help_text="What it is the probability of: `passes`, or `given level`.")
    given = serializers.FloatField(help_text="By the judge.")
    calibrated = serializers.FloatField(help_text="As people would have it; as given where there is no map.")
    n = serializers.IntegerField(help_text="Items that the calibration stands on.")
    is_cross_fitted = serializers.BooleanField(
        help_text="The item is among these, so the map was fitted without its group."
    )
    unchanged = serializers.CharField(help_text="Why there is no map; empty where there is one.")


class VerdictCriterionSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(source="criterion.key")
    level = serializers.CharField(source="given.key", default=None, allow_null=True)
    shares = serializers.SerializerMethodField(help_text="Probability of each level by its key; null without.")
    score = serializers.FloatField(allow_null=True)
    mass = serializers.FloatField(allow_null=True, help_text="What the model put on all labels together.")
    rationale = serializers.CharField()
    probability = ProbabilitySerializer(allow_null=True, help_text="Null without a calibration or without shares.")

    def get_shares(self, row: VerdictCriterion) -> dict[str, float] | None:
        keys = [level.key for level in row.criterion.levels]
        return {key: one.share for key, one in zip(keys, row.shares, strict=True)} if row.shares else None


class MessageSerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    text = serializers.CharField()


class CallSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(source="call.name", help_text="What was asked for, such as a criterion.")
    prompt_digest = serializers.CharField(source="call.prompt_digest")
    messages = MessageSerializer(many=True, help_text="The exact prompt; empty where it cannot be built again.")
    text = serializers.CharField(source="call.completion.text", help_text="The reply as it came.")
    finish_reason = serializers.CharField(source="call.completion.finish_reason")
    weights = serializers.SerializerMethodField(help_text="Probability of each label that was weighed; null without.")
    error = serializers.CharField(source="call.completion.error")

    def get_weights(self, shown: ShownCall) -> dict[str, float] | None:
        return {weight.name: weight.share for weight in shown.weights} or None


class VerdictDetailSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="judgement.pk")
    item_id = serializers.IntegerField(source="judgement.item_id")
    external_id = serializers.CharField(source="judgement.item.external_id")
    judge = serializers.CharField(source="judgement.rater.name")
    run_id = serializers.IntegerField(source="verdict.run_id", default=None, allow_null=True)
    outcome = serializers.CharField(source="judgement.outcome")
    error = serializers.CharField(source="verdict.error", default="", help_text="Why there is no rating.")
    flags = serializers.ListField(source="verdict.flags", child=serializers.CharField(), default=list)
    calibration_id = serializers.IntegerField(source="calibration.pk", default=None, allow_null=True)
    criteria = VerdictCriterionSerializer(many=True)
    calls = CallSerializer(many=True)
    successor_id = serializers.IntegerField(source="successor.pk", default=None, allow_null=True)
    created_at = serializers.DateTimeField(source="judgement.created_at")


class VerdictDetailView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(operation_id="read_verdict", responses=VerdictDetailSerializer)
    def get(self, request: Request, slug: str, judgement_id: int) -> Response:  # noqa: ARG002
        """One verdict with its probabilities, given and calibrated, and the calls that it rests on."""
        detail = verdict_detail(self.membership.project, judgement_id)
        if detail is None or held_by(cast("User", request.user), [detail.judgement.item_id]):
            raise Http404
        return Response(VerdictDetailSerializer(detail).data)
