"""Reviewing over the API: the same turns, leases and blindness as on the page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.projects import RubricSerializer
from annotations.api.refusals import RefusalSerializer, refusal
from annotations.errors import (
    AlreadyJudgedError,
    IncompleteAnnotationError,
    LeaseLostError,
    RubricError,
)
from annotations.forms.review import LONGEST_NOTE, SKIP_REASONS
from annotations.models import Assignment, Membership, Project, Rater, Rubric
from annotations.permissions import Capability, member_with
from annotations.selectors.review import finished_item, own_turn, why_nothing_left
from annotations.services.queue import claim_item, skip_item, submit_annotation
from annotations.services.raters import rater_of


class ItemToReviewSerializer(serializers.Serializer[Any]):
    external_id = serializers.CharField()
    context = serializers.JSONField()  # type: ignore[assignment]  # a field called like an attribute of fields
    candidates = serializers.JSONField()


class TurnSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Of the assignment; submit or skip with it.")
    mode = serializers.CharField()
    lease_expires_at = serializers.DateTimeField()
    item = ItemToReviewSerializer()
    rubric = RubricSerializer()


class NextSerializer(serializers.Serializer[Any]):
    assignment = TurnSerializer(allow_null=True)
    why = serializers.CharField(allow_null=True, help_text="Why there is no item now.")


class AnswerSerializer(serializers.Serializer[Any]):
    rubric_version = serializers.IntegerField(help_text="The version that came with the item.")
    levels = serializers.DictField(child=serializers.CharField(), help_text="Level key by criterion key.")
    rationale = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)
    seconds = serializers.FloatField(required=False, allow_null=True, default=None, min_value=0)


class SkipSerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=list(SKIP_REASONS))
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)


class VerdictSerializer(serializers.Serializer[Any]):
    judge = serializers.CharField()
    rationale = serializers.CharField()
    differs_on = serializers.ListField(child=serializers.CharField())


class SubmittedSerializer(serializers.Serializer[Any]):
    judgement = serializers.IntegerField()
    verdicts = VerdictSerializer(many=True, help_text="Of judges, where the policy reveals them after the answer.")
    next = NextSerializer()


class ReviewView(APIView):
    """What the doors of a turn share."""

    permission_classes = [member_with(Capability.REVIEW)]
    membership: Membership

    def turn_or_404(self, assignment_id: int) -> Assignment:
        turn = own_turn(project=self.membership.project, user=self.membership.user, assignment_id=assignment_id)
        if turn is None:
            raise NotFound
        return turn


class NextItemView(ReviewView):
    @extend_schema(operation_id="next_item", request=None, responses=NextSerializer)
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """The item you hold, or the next one; your lease on it begins."""
        project = self.membership.project
        return Response(_next(project, rater_of(project=project, user=self.membership.user)))


class SubmitView(ReviewView):
    @extend_schema(
        operation_id="submit_annotation",
        request=AnswerSerializer,
        responses={201: SubmittedSerializer, 409: RefusalSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, slug: str, assignment_id: int) -> Response:  # noqa: ARG002
        """Record your answer; the next item comes with the reply. The same answer twice is stored once."""
        turn = self.turn_or_404(assignment_id)
        project = self.membership.project
        answer = AnswerSerializer(data=request.data)
        answer.is_valid(raise_exception=True)
        rubric = project.current_rubric()
        try:
            judgement = submit_annotation(
                assignment=turn,
                rubric=rubric,
                levels=_levels(rubric, answer.validated_data),
                rationale=answer.validated_data["rationale"].strip(),
                seconds=answer.validated_data["seconds"],
            )
        except (LeaseLostError, AlreadyJudgedError) as err:
            return refusal(err, status.HTTP_409_CONFLICT)
        except (IncompleteAnnotationError, RubricError) as err:
            return refusal(err, status.HTTP_422_UNPROCESSABLE_ENTITY)
        finished = finished_item(assignment=turn, judgement=judgement, rubric=rubric)
        body = {
            "judgement": judgement.pk,
            "verdicts": [
                {"judge": judge.name, "rationale": judge.rationale, "differs_on": judge.differing}
                for judge in finished.judges
            ],
            "next": _next(project, turn.rater),
        }
        return Response(body, status=status.HTTP_201_CREATED)


class SkipView(ReviewView):
    @extend_schema(operation_id="skip_item", request=SkipSerializer, responses=NextSerializer)
    def post(self, request: Request, slug: str, assignment_id: int) -> Response:  # noqa: ARG002
        """Give an item back with a reason; the next one comes with the reply."""
        turn = self.turn_or_404(assignment_id)
        form = SkipSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        skip_item(assignment=turn, reason=form.validated_data["reason"], note=form.validated_data["note"])
        return Response(_next(self.membership.project, turn.rater))


def _next(project: Project, rater: Rater) -> dict[str, Any]:
    turn = claim_item(project=project, rater=rater)
    if turn is None:
        return {"assignment": None, "why": why_nothing_left(project, rater)}
    rubric = project.current_rubric()
    spec = rubric.spec()
    words = {"version": rubric.version, "name": spec.name, "digest": spec.digest, "criteria": spec.criteria}
    shown = {"id": turn.pk, "mode": turn.mode, "lease_expires_at": turn.lease_expires_at, "item": turn.item}
    return {"assignment": TurnSerializer({**shown, "rubric": words}).data, "why": None}


def _levels(rubric: Rubric, answer: dict[str, Any]) -> tuple[int | None, ...]:
    """Level positions in the order of the rubric.

    Raises: RubricError, if the answer is for another version, or names what the rubric does not have.
    """
    if answer["rubric_version"] != rubric.version:
        raise RubricError(
            f"expected an answer under rubric version {rubric.version}, got one for {answer['rubric_version']}; "
            "ask for the item again and answer under the new one"
        )
    spec = rubric.spec()
    given: dict[str, str] = answer["levels"]
    unknown = sorted(set(given) - set(spec.positions))
    if unknown:
        raise RubricError(f"expected criteria of {', '.join(spec.positions)}, got {', '.join(unknown)}")
    for criterion in spec.criteria:
        level = given.get(criterion.key)
        if level is not None and level not in criterion.positions:
            raise RubricError(f"{criterion.key}: expected one of {', '.join(criterion.positions)}, got “{level}”")
    return tuple(criterion.positions.get(given.get(criterion.key, "")) for criterion in spec.criteria)
