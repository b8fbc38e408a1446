"""Agreement over the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.errors import RubricError
from annotations.models import Membership
from annotations.permissions import Capability, member_with
from annotations.selectors.agreement import agreement_document, project_agreement
from annotations.selectors.ratings import ItemSlice


class EstimateSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True, help_text="Null where undefined; `undefined` says why.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    level = serializers.FloatField(help_text="Coverage of the interval.")
    method = serializers.CharField(help_text="bootstrap, subsamples, wilson or linearised.")
    n_items = serializers.IntegerField()
    n_raters = serializers.IntegerField()
    n_pairs = serializers.IntegerField()
    excluded = serializers.DictField(child=serializers.IntegerField(), help_text="What was left out, by reason.")
    undefined = serializers.CharField(allow_null=True)
    doubt = serializers.CharField(allow_null=True, help_text="Why the interval cannot be relied on.")


class PeopleSerializer(serializers.Serializer[Any]):
    n_people = serializers.IntegerField()
    figures = serializers.DictField(child=EstimateSerializer())
    pairs = serializers.ListField(child=serializers.JSONField())
    level_counts = serializers.ListField(child=serializers.IntegerField())


class JudgeAgreementSerializer(serializers.Serializer[Any]):
    rater = serializers.JSONField()
    figures = serializers.DictField(child=EstimateSerializer())
    unread_wrong = serializers.DictField(child=EstimateSerializer())
    levels = serializers.DictField(child=EstimateSerializer(many=True))
    passing = serializers.DictField(child=EstimateSerializer())
    correlations = serializers.DictField(child=EstimateSerializer())
    confusion = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Items; rows the judge's level, columns the level of the people's majority.",
    )
    unread = serializers.ListField(child=serializers.IntegerField())
    leave_one_out = serializers.JSONField()
    outcomes = serializers.DictField(child=serializers.IntegerField())


class ComparisonSerializer(serializers.Serializer[Any]):
    judge = EstimateSerializer()
    people = EstimateSerializer()
    difference = EstimateSerializer()


class PairAgreementSerializer(serializers.Serializer[Any]):
    n_groups = serializers.IntegerField()
    n_pairs = serializers.IntegerField(help_text="Pairs of candidates of one group that both sides ranked.")
    answers = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Comparisons of two raters on a pair: same, opposite, one_ties, both_tie.",
    )
    figures = serializers.DictField(
        child=EstimateSerializer(), help_text="kendall_tau_b, same_order, same_answer; groups are resampled."
    )


class JudgeRankingsSerializer(serializers.Serializer[Any]):
    rater = serializers.JSONField()
    agreement = PairAgreementSerializer()
    beside = ComparisonSerializer(help_text="Tau-b on the pairs that the judge and two people or more ranked.")


class RankingSerializer(serializers.Serializer[Any]):
    people = PairAgreementSerializer()
    judges = JudgeRankingsSerializer(many=True)


class CriterionAgreementSerializer(serializers.Serializer[Any]):
    criterion = serializers.JSONField()
    people = PeopleSerializer()
    judges = JudgeAgreementSerializer(many=True)
    ranking = RankingSerializer(
        allow_null=True,
        help_text="Of a criterion that ranks, agreement on pairs of candidates; people and judges then take each "
        "place for a level.",
    )


class AgreementSerializer(serializers.Serializer[Any]):
    project = serializers.CharField()
    rubric = serializers.JSONField()
    slice = serializers.DictField(child=serializers.CharField(), allow_null=True)
    reference = serializers.CharField(help_text="Whom judges are held to: person, or people for an aggregate.")
    n_items = serializers.IntegerField()
    n_judgements = serializers.IntegerField()
    n_assisted = serializers.IntegerField(help_text="Annotations made with a judgement in view; left out everywhere.")
    raters = serializers.ListField(child=serializers.JSONField())
    criteria = CriterionAgreementSerializer(many=True)


class AgreementQuerySerializer(serializers.Serializer[Any]):
    criterion = serializers.CharField(required=False)
    slice = serializers.CharField(required=False)
    batch = serializers.IntegerField(required=False)
    rater = serializers.ListField(child=serializers.IntegerField(), required=False)

    def validate_slice(self, text: str) -> ItemSlice:
        try:
            return ItemSlice.parse(text)
        except ValueError as err:
            raise serializers.ValidationError(str(err)) from err


class AgreementView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(
        operation_id="read_agreement",
        parameters=[
            OpenApiParameter("criterion", str, description="Only the criterion with this key."),
            OpenApiParameter("slice", str, description="Only items of this slice, as key=value."),
            OpenApiParameter("batch", int, description="Only items of this import."),
            OpenApiParameter("rater", int, many=True, description="Only these raters."),
        ],
        responses=AgreementSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """People with people and each judge with people, as `manage.py report_agreement --json` prints it."""
        query = AgreementQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        project = self.membership.project
        try:
            report = project_agreement(
                project=project,
                criterion=asked.get("criterion"),
                rater_ids=asked.get("rater") or None,
                item_slice=asked.get("slice"),
                batch_id=asked.get("batch"),
            )
        except RubricError as err:
            raise serializers.ValidationError({"criterion": str(err)}) from err
        return Response(agreement_document(project=project, report=report, item_slice=asked.get("slice")))
