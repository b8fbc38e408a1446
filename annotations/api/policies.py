"""The policy of a project over the API: read, tried, changed."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.allocation import PolicySettings
from annotations.choices import Order
from annotations.errors import DrawError, PolicyError
from annotations.models import Membership, Project, ReviewPolicy, User
from annotations.permissions import Capability, member_with
from annotations.selectors.draws import preview_draw
from annotations.services.projects import change_policy


class SettingsSerializer(serializers.Serializer[Any]):
    """Shares are in 0..1. In a request, what is left out stays as it is."""

    overlap = serializers.IntegerField(required=False, help_text="Different annotators for each item.")
    more_overlap = serializers.IntegerField(required=False, allow_null=True, help_text="Of a share of the items.")
    more_overlap_share = serializers.FloatField(required=False)
    order = serializers.ChoiceField(
        required=False, choices=[order.value for order in Order], help_text="What makes items likelier to be drawn."
    )
    uniform_share = serializers.FloatField(required=False, help_text="Of a directed draw, the part drawn evenly.")
    slice_key = serializers.CharField(required=False, allow_blank=True, max_length=60)
    slice_least = serializers.IntegerField(required=False, help_text="At least so many items of each slice value.")
    lease_s = serializers.IntegerField(required=False, help_text="Seconds that an item is held.")
    may_skip = serializers.BooleanField(required=False)
    skill_slice = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="Its value is the skill an annotator must have."
    )
    gold_share = serializers.FloatField(required=False, help_text="Chance that gold comes before an item.")
    gold_feedback = serializers.BooleanField(required=False)
    shows_gold_accuracy = serializers.BooleanField(required=False)
    gold_acceptable = serializers.FloatField(required=False)
    gold_bad = serializers.FloatField(required=False)
    gold_error = serializers.FloatField(required=False)
    training_pass = serializers.FloatField(required=False, allow_null=True, help_text="Null for no training.")
    blind_share = serializers.FloatField(required=False, help_text="The shares of the modes sum to 1.")
    reveal_share = serializers.FloatField(required=False)
    assist_share = serializers.FloatField(required=False)
    challenge_share = serializers.FloatField(required=False)
    most_overlap = serializers.IntegerField(required=False, allow_null=True, help_text="Where people differ.")
    daily_target = serializers.IntegerField(required=False, allow_null=True)
    seed = serializers.IntegerField(required=False, min_value=-(2**63), max_value=2**63 - 1)

    def validate_order(self, text: str) -> Order:
        return Order(text)


class PolicySerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    settings = SettingsSerializer()


class PreviewRequestSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, help_text="Null for all.")
    settings = SettingsSerializer(required=False, help_text="Instead of the policy's.")


class SliceSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(help_text="Empty for items without the slice.")
    n_items = serializers.IntegerField()
    n_drawn = serializers.IntegerField()
    mean_probability = serializers.FloatField()


class PreviewSerializer(serializers.Serializer[Any]):
    n_items = serializers.IntegerField()
    n_drawn = serializers.IntegerField()
    n_in_queue = serializers.IntegerField(help_text="Of those drawn, in the queue already.")
    n_as_gold = serializers.IntegerField(help_text="Of those drawn, given as gold and not as work.")
    least_probability = serializers.FloatField()
    mean_probability = serializers.FloatField()
    most_probability = serializers.FloatField()
    slices = SliceSerializer(many=True)
    n_answers = serializers.FloatField(help_text="Expected over the lots of the overlap.")
    n_gold = serializers.FloatField(help_text="Gold items expected in between.")
    n_gold_items = serializers.IntegerField(help_text="Gold items that there are.")
    modes = serializers.DictField(child=serializers.FloatField(), help_text="Answers expected by mode.")


class PolicyRefusalSerializer(serializers.Serializer[Any]):
    settings = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class PolicyView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    @extend_schema(operation_id="read_policy", responses=PolicySerializer)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """The policy that counts now."""
        return Response(_document(self.membership.project.current_policy()))

    @extend_schema(
        operation_id="change_policy",
        request=SettingsSerializer,
        responses={200: PolicySerializer, 400: PolicyRefusalSerializer},
    )
    def patch(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Change some settings: the policy's next version, or the one there is if nothing is otherwise."""
        asked = SettingsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        project = self.membership.project
        changed_by = cast("User", request.user)
        policy = change_policy(
            project=project, settings=_merged(project, asked.validated_data), changed_by=changed_by
        )  # fmt: skip
        return Response(_document(policy))


class PreviewView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    @extend_schema(
        operation_id="preview_policy",
        request=PreviewRequestSerializer,
        responses={200: PreviewSerializer, 400: PolicyRefusalSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """What the policy, or these settings in its place, would select. Nothing is changed."""
        asked = PreviewRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        project = self.membership.project
        settings = _merged(project, asked.validated_data.get("settings", {}))
        try:
            found = preview_draw(project=project, settings=settings, n=asked.validated_data["n"])
        except DrawError as err:
            raise serializers.ValidationError({"n": str(err)}) from err
        return Response(PreviewSerializer(asdict(found)).data)


def _merged(project: Project, asked: dict[str, Any]) -> PolicySettings:
    try:
        return replace(project.current_policy().settings(), **asked)
    except PolicyError as err:
        raise serializers.ValidationError({"settings": {err.setting: [str(err)]}}) from err


def _document(policy: ReviewPolicy) -> dict[str, Any]:
    row = {"version": policy.version, "created_at": policy.created_at, "settings": asdict(policy.settings())}
    return dict(PolicySerializer(row).data)
