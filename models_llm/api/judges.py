"""Judges over the API."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.models import Membership
from annotations.permissions import Capability, member_with
from models_llm.engines import Sampling
from models_llm.errors import ModelsLLMError
from models_llm.models import JudgeVersion
from models_llm.selectors.judges import versions_of
from models_llm.services.baseline import fit_baseline_judge
from models_llm.services.judges import create_served_judge


class JudgeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    judge = serializers.CharField(source="judge.name")
    number = serializers.IntegerField(help_text="Of the version.")
    kind = serializers.CharField(source="judge.kind")
    rater = serializers.CharField(source="rater.name", help_text="Its name in every statistic.")
    rubric_version = serializers.IntegerField(source="rubric.version")
    engine = serializers.CharField()
    model = serializers.CharField()
    revision = serializers.CharField()
    prompt_digest = serializers.CharField()
    artifact_digest = serializers.CharField()
    created_at = serializers.DateTimeField()


class JudgeDetailSerializer(JudgeSerializer):
    config = serializers.JSONField()
    evaluation = serializers.JSONField(allow_null=True, help_text="Figures on held-out items, with intervals.")


class NewJudgeSerializer(serializers.Serializer[Any]):
    """A baseline, fitted on people's ratings, or a served model."""

    kind = serializers.ChoiceField(choices=["baseline", "served"])
    name = serializers.CharField(max_length=120)
    seed = serializers.IntegerField(default=0, min_value=0, help_text="Of a baseline's held-out items.")
    held_out_share = serializers.FloatField(default=0.3, min_value=0.05, max_value=0.9)
    url = serializers.CharField(required=False, max_length=500, help_text="Of a served model.")
    model = serializers.CharField(required=False, max_length=200, help_text="Of a served model.")
    temperature = serializers.FloatField(default=Sampling.temperature, min_value=0, max_value=2)
    max_tokens = serializers.IntegerField(default=Sampling.max_tokens, min_value=16, max_value=32_768)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == "served" and not (attrs.get("url") and attrs.get("model")):
            raise serializers.ValidationError("A served model needs `url` and `model`.")
        return attrs


class JudgeListView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS, Capability.RUN_JUDGES)]
    membership: Membership

    @extend_schema(operation_id="list_judges", responses=JudgeSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Every version of every judge, by judge and newest first."""
        return Response(JudgeSerializer(versions_of(self.membership.project), many=True).data)

    @extend_schema(operation_id="create_judge", request=NewJudgeSerializer, responses={201: JudgeDetailSerializer})
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Freeze a judge as its next version."""
        asked = NewJudgeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            version = self._create(asked.validated_data)
        except ModelsLLMError as err:
            return Response({"code": err.code, "detail": str(err)}, status=status.HTTP_400_BAD_REQUEST)
        return Response(JudgeDetailSerializer(version).data, status=status.HTTP_201_CREATED)

    def _create(self, fields: dict[str, Any]) -> JudgeVersion:
        project = self.membership.project
        if fields["kind"] == "baseline":
            return fit_baseline_judge(
                project=project, name=fields["name"], seed=fields["seed"], held_out_share=fields["held_out_share"]
            )
        return create_served_judge(
            project=project,
            name=fields["name"],
            url=fields["url"],
            model=fields["model"],
            sampling=Sampling(temperature=fields["temperature"], max_tokens=fields["max_tokens"]),
        )


class JudgeDetailView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(operation_id="read_judge", responses=JudgeDetailSerializer)
    def get(self, request: Request, slug: str, version_id: int) -> Response:  # noqa: ARG002
        """One version with its configuration, prompt and held-out figures."""
        versions = JudgeVersion.objects.select_related("judge", "rater", "rubric").defer("artifact")
        version = get_object_or_404(versions, pk=version_id, judge__project=self.membership.project)
        return Response(JudgeDetailSerializer(version).data)
