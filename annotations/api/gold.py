"""Gold over the API."""

from __future__ import annotations

from typing import Any, Final

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.agreement import as_plain
from annotations.api.people import SignalSerializer
from annotations.choices import GoldUse
from annotations.errors import GoldError
from annotations.forms.quality import LONGEST_NOTE
from annotations.models import Gold, Membership
from annotations.permissions import Capability, member_with
from annotations.selectors.gold import FEWEST_FOR_CONSENSUS, GoldLine, gold_lines, gold_mix, gold_of
from annotations.services.gold import change_gold, gold_from_consensus, retire_gold

PAGE_SIZE: Final = 200


class GoldSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    item = serializers.CharField(help_text="External id.")
    levels = serializers.DictField(child=serializers.CharField(), help_text="Level key by criterion key.")
    source = serializers.CharField(  # type: ignore[assignment]  # a field called like an attribute of fields
        help_text="imported, ruling or consensus."
    )
    use = serializers.ChoiceField(choices=list(GoldUse))
    explanation = serializers.CharField()
    retired_at = serializers.DateTimeField(allow_null=True)
    accuracy = SignalSerializer(help_text="Share of blind answers that are right.")


class GoldPageSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField()
    n_pages = serializers.IntegerField()
    gold = GoldSerializer(many=True)


class DrawSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField(min_value=1, max_value=1000)
    least = serializers.IntegerField(
        min_value=FEWEST_FOR_CONSENSUS, default=FEWEST_FOR_CONSENSUS, help_text="Blind answers, all alike."
    )
    use = serializers.ChoiceField(choices=list(GoldUse), default=GoldUse.HIDDEN)
    seed = serializers.IntegerField(min_value=0, default=0)


class DrawnSerializer(serializers.Serializer[Any]):
    n_candidates = serializers.IntegerField(help_text="Items that could have been drawn.")
    gold = GoldSerializer(many=True)


class ChangeGoldSerializer(serializers.Serializer[Any]):
    use = serializers.ChoiceField(choices=list(GoldUse), required=False)
    explanation = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_NOTE)


class LevelShareSerializer(serializers.Serializer[Any]):
    level = serializers.CharField()
    gold = SignalSerializer()
    consensus = SignalSerializer()
    difference = SignalSerializer()


class CriterionMixSerializer(serializers.Serializer[Any]):
    criterion = serializers.CharField()
    levels = LevelShareSerializer(many=True)


class MixSerializer(serializers.Serializer[Any]):
    n_gold = serializers.IntegerField(help_text="Hidden among the work.")
    n_consensus = serializers.IntegerField(help_text="Items that people agree on.")
    criteria = CriterionMixSerializer(many=True)


class GoldRefusalSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class AboutGoldView(APIView):
    """What the doors about gold share."""

    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    def gold_or_404(self, gold_id: int) -> Gold:
        mine = Gold.objects.filter(item__project=self.membership.project).select_related("item__project", "rubric")
        return get_object_or_404(mine, pk=gold_id)


class GoldView(AboutGoldView):
    @extend_schema(operation_id="list_gold", parameters=[OpenApiParameter("page", int)], responses=GoldPageSerializer)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Gold under the current rubric, without what you hold for review yourself."""
        found = gold_of(self.membership.project, viewer=self.membership.user)
        page = Paginator(found, PAGE_SIZE).get_page(request.query_params.get("page"))
        lines = [_line(line) for line in gold_lines(list(page))]
        return Response({"n": page.paginator.count, "n_pages": page.paginator.num_pages, "gold": lines})

    @extend_schema(
        operation_id="draw_gold", request=DrawSerializer, responses={201: DrawnSerializer, 422: GoldRefusalSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Draw gold from the items on which people agree firmly, in the mix of classes that these have."""
        form = DrawSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        try:
            drawn = gold_from_consensus(
                project=self.membership.project,
                n=values["n"],
                least=values["least"],
                seed=values["seed"],
                use=GoldUse(values["use"]),
            )
        except GoldError as err:
            return _refusal(err)
        lines = [_line(line) for line in gold_lines(drawn.gold)]
        return Response({"n_candidates": drawn.n_candidates, "gold": lines}, status=status.HTTP_201_CREATED)


class OneGoldView(AboutGoldView):
    @extend_schema(
        operation_id="change_gold",
        request=ChangeGoldSerializer,
        responses={200: GoldSerializer, 422: GoldRefusalSerializer},
    )
    def patch(self, request: Request, slug: str, gold_id: int) -> Response:  # noqa: ARG002
        """Say what gold is used for, and what annotators read beside it."""
        gold = self.gold_or_404(gold_id)
        form = ChangeGoldSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        use = form.validated_data.get("use")
        try:
            change_gold(
                gold=gold,
                use=None if use is None else GoldUse(use),
                explanation=form.validated_data.get("explanation"),
            )
        except GoldError as err:
            return _refusal(err)
        return Response(_line(*gold_lines([self.gold_or_404(gold_id)])))


class RetireGoldView(AboutGoldView):
    @extend_schema(operation_id="retire_gold", request=None, responses=GoldSerializer)
    def post(self, request: Request, slug: str, gold_id: int) -> Response:  # noqa: ARG002
        """Take wrong gold out of use for good; answers to it count for nothing."""
        retire_gold(gold=self.gold_or_404(gold_id))
        return Response(_line(*gold_lines([self.gold_or_404(gold_id)])))


class GoldMixView(AboutGoldView):
    @extend_schema(operation_id="read_gold_mix", responses=MixSerializer)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """The classes of the hidden gold beside those of the items that people agree on."""
        mix = gold_mix(self.membership.project)
        criteria = [
            {
                "criterion": one.criterion.key,
                "levels": [
                    {
                        "level": spec.key,
                        "gold": as_plain(level.gold),
                        "consensus": as_plain(level.natural),
                        "difference": as_plain(level.difference),
                    }
                    for spec, level in zip(one.criterion.levels, one.levels, strict=True)
                ],
            }
            for one in mix.criteria
        ]
        return Response({"n_gold": mix.n_gold, "n_consensus": mix.n_natural, "criteria": criteria})


def _line(line: GoldLine) -> dict[str, Any]:
    gold = line.gold
    criteria = gold.rubric.spec().criteria
    return {
        "id": gold.pk,
        "item": gold.item.external_id,
        "levels": {
            criterion.key: criterion.levels[level].key
            for criterion, level in zip(criteria, gold.levels, strict=True)
            if level is not None
        },
        "source": gold.source,
        "use": gold.use,
        "explanation": gold.explanation,
        "retired_at": gold.retired_at,
        "accuracy": as_plain(line.accuracy),
    }


def _refusal(err: GoldError) -> Response:
    return Response({"code": err.code, "detail": str(err)}, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
