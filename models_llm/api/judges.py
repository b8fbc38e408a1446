"""Judges over the API."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.models import Membership, User
from annotations.permissions import Capability, member_with
from models_llm.api.refusals import refusals
from models_llm.engines import ENGINES
from models_llm.judging import KINDS
from models_llm.models import Fit
from models_llm.selectors.fits import fits_of
from models_llm.selectors.judges import versions_of, whole_versions
from models_llm.services.fits import request_fit
from models_llm.services.judge_documents import KEYS, create_judge_from


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


class FitSerializer(serializers.ModelSerializer[Fit]):
    version_id = serializers.IntegerField(allow_null=True, help_text="Of the judge, once the state is ready.")

    class Meta:
        model = Fit
        fields = (
            "id",
            "name",
            "kind",
            "params",
            "seed",
            "held_out_share",
            "state",
            "step",
            "version_id",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        )


class NewJudgeSerializer(serializers.Serializer[Any]):
    """A baseline, which a worker fits on people's ratings, or a judge that is described."""

    kind = serializers.ChoiceField(choices=["baseline", *KINDS])
    name = serializers.CharField(max_length=120)
    seed = serializers.IntegerField(
        default=0, min_value=0, max_value=2**31 - 1, help_text="Of a baseline's held-out items."
    )
    held_out_share = serializers.FloatField(default=0.3, min_value=0.05, max_value=0.9, help_text="Of a baseline.")
    engine = serializers.ChoiceField(choices=sorted(ENGINES), required=False, help_text="Not for a jury.")
    model = serializers.CharField(required=False, max_length=200)
    revision = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="Of the model.")
    engine_settings = serializers.DictField(required=False, help_text="Such as `url` or `urls` of a served model.")
    sampling = serializers.DictField(required=False, help_text="`temperature`, `top_p`, `max_tokens`, `seed`.")
    template = serializers.JSONField(required=False, help_text="The name of a template, or its texts by name.")
    protocol = serializers.DictField(required=False, help_text="The kind's own settings; defaults for the rest.")
    examples = serializers.DictField(
        required=False,
        help_text="`n` and `seed`: drawn from what people decided; or `like`: those of another version.",
    )
    members = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Of a jury: versions by name, such as `small v1`; of any kind but a jury.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError(f"expected {', '.join(self.fields)}; got {', '.join(unknown)}")
        return attrs


class JudgeListView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS, Capability.RUN_JUDGES)]
    membership: Membership

    @extend_schema(operation_id="list_judges", responses=JudgeSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Every version of every judge, by judge and newest first."""
        return Response(JudgeSerializer(versions_of(self.membership.project), many=True).data)

    @extend_schema(
        operation_id="create_judge",
        request=NewJudgeSerializer,
        responses={201: JudgeDetailSerializer, 202: FitSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Freeze a judge as the next version of its name, or let a worker fit a baseline: poll the fit it answers."""
        asked = NewJudgeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        fields = asked.validated_data
        with refusals():
            if fields["kind"] == "baseline":
                fit = self._fit(fields, cast("User", request.user))
                return Response(FitSerializer(fit).data, status=status.HTTP_202_ACCEPTED)
            document = {key: fields[key] for key in KEYS if key in fields}
            version = create_judge_from(project=self.membership.project, name=fields["name"], document=document)
        return Response(JudgeDetailSerializer(version).data, status=status.HTTP_201_CREATED)

    def _fit(self, fields: dict[str, Any], user: User) -> Fit:
        return request_fit(
            project=self.membership.project,
            name=fields["name"],
            seed=fields["seed"],
            held_out_share=fields["held_out_share"],
            user=user,
        )


class JudgeDetailView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(operation_id="read_judge", responses=JudgeDetailSerializer)
    def get(self, request: Request, slug: str, version_id: int) -> Response:  # noqa: ARG002
        """One version with its configuration, prompt and held-out figures."""
        version = get_object_or_404(whole_versions(self.membership.project), pk=version_id)
        return Response(JudgeDetailSerializer(version).data)


class FitDetailView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(operation_id="read_fit", responses=FitSerializer)
    def get(self, request: Request, slug: str, fit_id: int) -> Response:  # noqa: ARG002
        """A judge that is to be fitted; poll it until its state is ready or failed."""
        return Response(FitSerializer(get_object_or_404(fits_of(self.membership.project), pk=fit_id)).data)
