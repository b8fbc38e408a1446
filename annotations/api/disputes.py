"""Disputes and rulings over the API: the same leases and the same blindness as on the page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.allocation import Decision
from annotations.api.projects import RubricSerializer
from annotations.choices import Cause, DisputeState
from annotations.errors import (
    AnnotationsError,
    DisputeClosedError,
    LeaseLostError,
    OwnWorkError,
    RubricError,
    RulingError,
)
from annotations.forms.review import LONGEST_NOTE
from annotations.models import Dispute, Membership, QueuedItem, Ruling
from annotations.permissions import Capability, member_with
from annotations.selectors.disputes import DisputeView, dispute_view, disputes_in, held_dispute, unclear_guidelines
from annotations.sentences import sentence as _
from annotations.services.rulings import (
    NewRuling,
    claim_dispute,
    look,
    put_back,
    reopen,
    rule,
    settle_guidelines,
)
from annotations.services.settling import stop_asking

MOST_LISTED = 1000
CLOSED = (DisputeClosedError, LeaseLostError, OwnWorkError)


class RefusedSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class RulingSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    adjudicator = serializers.CharField(source="adjudicator.username")
    levels = serializers.SerializerMethodField(help_text="Level key by criterion key.")
    cause = serializers.CharField()
    criterion = serializers.SerializerMethodField(help_text="Key of the criterion that the guidelines leave unclear.")
    reason = serializers.CharField()
    shown = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of the answers looked at.")
    saw_names = serializers.BooleanField()
    saw_verdicts = serializers.BooleanField()
    seconds = serializers.FloatField(allow_null=True)
    created_at = serializers.DateTimeField()

    def get_levels(self, ruling: Ruling) -> dict[str, str]:
        criteria = ruling.rubric.spec().criteria
        return {one.key: one.levels[level].key for one, level in zip(criteria, ruling.levels, strict=True)}

    def get_criterion(self, ruling: Ruling) -> str | None:
        return None if ruling.criterion is None else ruling.rubric.spec().criteria[ruling.criterion].key


class DisputeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    item = serializers.IntegerField(source="item_id")
    external_id = serializers.CharField(source="item.external_id")
    state = serializers.CharField()
    reason = serializers.CharField(help_text="On which criteria the answers differ, and how they stand.")
    opened_at = serializers.DateTimeField()
    ruling = serializers.SerializerMethodField()

    @extend_schema_field(RulingSerializer(allow_null=True))
    def get_ruling(self, dispute: Dispute) -> dict[str, Any] | None:
        live = getattr(dispute, "live_rulings", [])
        for ruling in live:
            ruling.rubric = dispute.rubric
        return RulingSerializer(live[0]).data if live else None


class AnswerInDisputeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="judgement.pk")
    by = serializers.CharField(source="name", help_text="“Annotator 1” until the names were asked for.")
    levels = serializers.ListField(source="judgement.levels", child=serializers.IntegerField(allow_null=True))
    rationale = serializers.CharField(source="judgement.rationale")
    seconds = serializers.FloatField(source="judgement.seconds", allow_null=True)
    is_fast = serializers.BooleanField()


class VerdictInDisputeSerializer(serializers.Serializer[Any]):
    judge = serializers.CharField(source="rater.name")
    levels = serializers.ListField(child=serializers.IntegerField(allow_null=True))
    rationale = serializers.CharField()


class HeldDisputeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    context = serializers.JSONField()  # type: ignore[assignment]  # a field called like an attribute of fields
    candidates = serializers.JSONField()
    reason = serializers.CharField()
    lease_expires_at = serializers.DateTimeField(allow_null=True)
    rubric = RubricSerializer()
    answers = AnswerInDisputeSerializer(many=True)
    verdicts = VerdictInDisputeSerializer(many=True, help_text="Of judges, once they were asked for.")


class NextDisputeSerializer(serializers.Serializer[Any]):
    dispute = HeldDisputeSerializer(allow_null=True)


class LookSerializer(serializers.Serializer[Any]):
    at = serializers.MultipleChoiceField(choices=["names", "verdicts"])


class NewRulingSerializer(serializers.Serializer[Any]):
    levels = serializers.DictField(child=serializers.CharField(), help_text="Level key by criterion key.")
    cause = serializers.ChoiceField(choices=[cause.value for cause in Cause])
    criterion = serializers.CharField(
        required=False, allow_null=True, default=None, help_text="Key, where the guidelines are unclear."
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)
    shown = serializers.ListField(child=serializers.IntegerField(), required=False, default=list)
    seconds = serializers.FloatField(required=False, allow_null=True, default=None, min_value=0)
    is_gold = serializers.BooleanField(required=False, default=False)


class SettledSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(
        choices=[Decision.SETTLED.value, Decision.DISPUTE.value],
        allow_null=True,
        help_text="Null: nothing was changed.",
    )


class UnclearSerializer(serializers.Serializer[Any]):
    rubric = serializers.IntegerField(source="rubric_id")
    rubric_version = serializers.IntegerField()
    criterion = serializers.IntegerField(help_text="Position in the rubric.")
    name = serializers.CharField()
    n_rulings = serializers.SerializerMethodField()

    def get_n_rulings(self, unclear: Any) -> int:
        return len(unclear.rulings)


class DealtWithSerializer(serializers.Serializer[Any]):
    rubric = serializers.IntegerField()
    criterion = serializers.IntegerField(min_value=0)


class DisputesView(APIView):
    permission_classes = [member_with(Capability.ADJUDICATE)]
    membership: Membership

    @extend_schema(
        operation_id="list_disputes",
        parameters=[
            OpenApiParameter("state", str, enum=[state.value for state in DisputeState]),
            OpenApiParameter("cause", str, enum=[cause.value for cause in Cause]),
        ],
        responses=DisputeSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Disputes of the project, the newest 1000, each with the ruling that stands."""
        state, cause = request.query_params.get("state"), request.query_params.get("cause")
        found = disputes_in(
            self.membership.project,
            state=DisputeState(state) if state in list(DisputeState) else None,
            cause=Cause(cause) if cause in list(Cause) else None,
        )
        return Response(DisputeSerializer(found[:MOST_LISTED], many=True).data)


class HeldDisputeView(APIView):
    """What the doors to a dispute in one's hands share."""

    permission_classes = [member_with(Capability.ADJUDICATE)]
    membership: Membership

    def held_or_404(self, dispute_id: int) -> Dispute:
        dispute = held_dispute(self.membership.project, self.membership.user, dispute_id)
        if dispute is None:
            raise NotFound
        return dispute


class NextDisputeView(HeldDisputeView):
    @extend_schema(operation_id="next_dispute", request=None, responses=NextDisputeSerializer)
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """The dispute you hold, or the one that waits longest; never one on which you have an answer."""
        return Response(_next(self.membership))


class LookView(HeldDisputeView):
    @extend_schema(operation_id="look_at_dispute", request=LookSerializer, responses=NextDisputeSerializer)
    def post(self, request: Request, slug: str, dispute_id: int) -> Response:  # noqa: ARG002
        """Have the names, or what judges said, shown; the ruling will say so."""
        dispute = self.held_or_404(dispute_id)
        form = LookSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        look(dispute=dispute, user=self.membership.user, at=sorted(form.validated_data["at"]))
        return Response({"dispute": _held(dispute_view(dispute))})


class PutBackView(HeldDisputeView):
    @extend_schema(operation_id="put_dispute_back", request=None, responses=NextDisputeSerializer)
    def post(self, request: Request, slug: str, dispute_id: int) -> Response:  # noqa: ARG002
        """Leave a dispute to others; the next one comes with the reply."""
        put_back(dispute=self.held_or_404(dispute_id), user=self.membership.user)
        return Response(_next(self.membership))


class RuleView(HeldDisputeView):
    @extend_schema(
        operation_id="rule_on_dispute",
        request=NewRulingSerializer,
        responses={201: RulingSerializer, 409: RefusedSerializer, 422: RefusedSerializer},
    )
    def post(self, request: Request, slug: str, dispute_id: int) -> Response:  # noqa: ARG002
        """Decide a dispute in your hands. The same ruling twice is stored once."""
        found = Dispute.objects.select_related("item", "rubric").filter(project=self.membership.project)
        dispute = found.filter(pk=dispute_id).first()
        if dispute is None:
            raise NotFound
        form = NewRulingSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            ruling = rule(
                dispute=dispute, adjudicator=self.membership.user, ruling=_new_ruling(dispute, form.validated_data)
            )
        except CLOSED as err:
            return _refused(err, status.HTTP_409_CONFLICT)
        except (RulingError, RubricError) as err:
            return _refused(err, status.HTTP_422_UNPROCESSABLE_ENTITY)
        ruling.adjudicator, ruling.rubric = self.membership.user, dispute.rubric
        return Response(RulingSerializer(ruling).data, status=status.HTTP_201_CREATED)


class ReopenView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    @extend_schema(
        operation_id="reopen_dispute", request=None, responses={200: DisputeSerializer, 409: RefusedSerializer}
    )
    def post(self, request: Request, slug: str, dispute_id: int) -> Response:  # noqa: ARG002
        """Take a ruling back: the dispute waits for an adjudicator again."""
        dispute = disputes_in(self.membership.project).filter(pk=dispute_id).first()
        if dispute is None:
            raise NotFound
        try:
            reopen(dispute=dispute, by=self.membership.user)
        except DisputeClosedError as err:
            return _refused(err, status.HTTP_409_CONFLICT)
        return Response(DisputeSerializer(disputes_in(self.membership.project).get(pk=dispute_id)).data)


class StopAskingView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    @extend_schema(operation_id="stop_asking", request=None, responses=SettledSerializer)
    def post(self, request: Request, slug: str, item_id: int) -> Response:  # noqa: ARG002
        """Settle an item by the answers there are, where one more is asked for and nobody has it in hand."""
        queued = QueuedItem.objects.filter(project=self.membership.project, pk=item_id).first()
        if queued is None:
            raise NotFound
        return Response({"decision": stop_asking(item_id=queued.pk)})


class UnclearView(APIView):
    permission_classes = [member_with(Capability.EDIT_WORDS)]
    membership: Membership

    @extend_schema(operation_id="list_unclear_guidelines", responses=UnclearSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Criteria on which rulings found the guidelines unclear, and nobody has seen to it."""
        return Response(UnclearSerializer(unclear_guidelines(self.membership.project), many=True).data)

    @extend_schema(
        operation_id="settle_unclear_guidelines",
        request=DealtWithSerializer,
        responses={200: UnclearSerializer(many=True)},
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Mark the rulings that blame the guidelines on a criterion as dealt with."""
        form = DealtWithSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        project = self.membership.project
        settle_guidelines(
            project=project,
            rubric_id=form.validated_data["rubric"],
            criterion=form.validated_data["criterion"],
            by=self.membership.user,
        )
        return Response(UnclearSerializer(unclear_guidelines(project), many=True).data)


def _next(membership: Membership) -> dict[str, Any]:
    dispute = claim_dispute(project=membership.project, user=membership.user)
    return {"dispute": None if dispute is None else _held(dispute_view(dispute))}


def _held(view: DisputeView) -> dict[str, Any]:
    dispute, rubric = view.dispute, view.dispute.rubric
    shown = {
        "id": dispute.pk,
        "external_id": dispute.item.external_id,
        "context": dispute.item.context,
        "candidates": dispute.item.candidates,
        "reason": dispute.reason,
        "lease_expires_at": dispute.lease_expires_at,
        "rubric": {
            "version": rubric.version,
            "name": view.spec.name,
            "digest": view.spec.digest,
            "criteria": view.spec.criteria,
        },
        "answers": view.columns,
        "verdicts": view.verdicts,
    }
    return dict(HeldDisputeSerializer(shown).data)


def _new_ruling(dispute: Dispute, said: dict[str, Any]) -> NewRuling:
    """Raises: RulingError, if a criterion or a level is none of the rubric."""
    criteria = dispute.rubric.spec().criteria
    keys = [criterion.key for criterion in criteria]
    given: dict[str, str] = said["levels"]
    for key in [*given, *([] if said["criterion"] is None else [said["criterion"]])]:
        if key not in keys:
            raise RulingError("levels", _("expected criteria of %(keys)s, got %(key)s", keys=", ".join(keys), key=key))
    levels = []
    for criterion in criteria:
        level = given.get(criterion.key)
        if level is not None and level not in criterion.positions:
            raise RulingError(
                "levels",
                _(
                    "%(criterion)s: expected %(known)s, got “%(level)s”",
                    criterion=criterion.key,
                    known=", ".join(criterion.positions),
                    level=level,
                ),
            )
        levels.append(None if level is None else criterion.positions[level])
    return NewRuling(
        levels=tuple(levels),
        cause=Cause(said["cause"]),
        reason=said["reason"].strip(),
        criterion=None if said["criterion"] is None else keys.index(said["criterion"]),
        shown=tuple(said["shown"]),
        seconds=said["seconds"],
        is_gold=said["is_gold"],
    )


def _refused(err: AnnotationsError, code: int) -> Response:
    return Response({"code": err.code, "detail": str(err)}, status=code)
