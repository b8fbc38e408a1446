"""Reward models over the API."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.models import Membership, User
from annotations.permissions import Capability, member_with
from models_llm.api.judges import FitSerializer
from models_llm.api.refusals import refusals
from models_llm.choices import JudgeKind
from models_llm.rewards import Objective
from models_llm.services.fits import request_fit
from models_llm.services.reward_models import RewardModelRequest


class NewRewardModelSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, help_text="Of the judge whose next version it makes.")
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)
    held_out_share = serializers.FloatField(default=0.3, min_value=0.05, max_value=0.9)
    base = serializers.CharField(max_length=300, help_text="Name or folder of the language model.")
    revision = serializers.CharField(default=RewardModelRequest.revision, max_length=100)
    teacher_id = serializers.IntegerField(
        default=None, allow_null=True, help_text="Judge version whose verdicts stand in where people decided nothing."
    )
    teacher_weight = serializers.FloatField(default=RewardModelRequest.teacher_weight, min_value=0, max_value=1)
    objective = serializers.ChoiceField(choices=list(Objective), default=RewardModelRequest.objective)
    epochs = serializers.IntegerField(default=RewardModelRequest.epochs, min_value=1, max_value=100)
    batch_texts = serializers.IntegerField(default=RewardModelRequest.batch_texts, min_value=2, max_value=1024)
    learning_rate = serializers.FloatField(default=RewardModelRequest.learning_rate, min_value=1e-7, max_value=0.1)
    max_tokens = serializers.IntegerField(default=RewardModelRequest.max_tokens, min_value=16, max_value=32_768)


class RewardModelListView(APIView):
    permission_classes = [member_with(Capability.RUN_JUDGES)]
    membership: Membership

    @extend_schema(operation_id="train_reward_model", request=NewRewardModelSerializer, responses={202: FitSerializer})
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Let a worker of the engine queue train a reward model: poll the fit it answers."""
        asked = NewRewardModelSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        params = dict(asked.validated_data)
        named = {name: params.pop(name) for name in ("name", "seed", "held_out_share")}
        with refusals():
            fit = request_fit(
                project=self.membership.project,
                user=cast("User", request.user),
                kind=JudgeKind.REWARD_MODEL,
                params=params,
                **named,
            )
        return Response(FitSerializer(fit).data, status=status.HTTP_202_ACCEPTED)
