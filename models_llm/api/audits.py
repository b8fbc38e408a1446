"""Audits of judge versions over the API."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.models import Membership, User
from annotations.permissions import Capability, member_with
from models_llm.api.refusals import refusals
from models_llm.bias import CHECKS
from models_llm.models import Audit, JudgeVersion
from models_llm.selectors.audits import audits_of, report_for
from models_llm.selectors.judges import whole_versions
from models_llm.services.audits import MOST_ITEMS, N_ITEMS, request_audit


class AuditSerializer(serializers.ModelSerializer[Audit]):
    judge = serializers.CharField(source="judge_version.rater.name")

    class Meta:
        model = Audit
        fields: tuple[str, ...] = (
            "id",
            "judge",
            "judge_version_id",
            "seed",
            "most_items",
            "checks",
            "state",
            "n_done",
            "n_trials",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        )


class AuditDetailSerializer(AuditSerializer):
    report = serializers.SerializerMethodField(help_text="Each check with its figures, once the state is ready.")

    class Meta(AuditSerializer.Meta):
        fields: tuple[str, ...] = (*AuditSerializer.Meta.fields, "report")

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_report(self, audit: Audit) -> dict[str, Any] | None:
        return report_for(audit, viewer=self.context["viewer"])


class NewAuditSerializer(serializers.Serializer[Any]):
    n_items = serializers.IntegerField(default=N_ITEMS, min_value=1, max_value=MOST_ITEMS)
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)
    checks = serializers.ListField(
        child=serializers.ChoiceField(choices=list(CHECKS)), default=list(CHECKS), allow_empty=False
    )


class AuditListView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS, Capability.RUN_JUDGES)]
    membership: Membership

    @extend_schema(operation_id="list_audits", responses=AuditSerializer(many=True))
    def get(self, request: Request, slug: str, version_id: int) -> Response:  # noqa: ARG002
        """The version's audits, newest first."""
        audits = audits_of(self.membership.project).filter(judge_version=self._version(version_id)).defer("report")
        return Response(AuditSerializer(audits, many=True).data)

    @extend_schema(operation_id="start_audit", request=NewAuditSerializer, responses={202: AuditDetailSerializer})
    def post(self, request: Request, slug: str, version_id: int) -> Response:  # noqa: ARG002
        """Let a worker audit the version for bias: poll the audit it answers."""
        asked = NewAuditSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with refusals():
            audit = request_audit(
                version=self._version(version_id), user=cast("User", request.user), **asked.validated_data
            )
        return Response(_detail(request, audit), status=status.HTTP_202_ACCEPTED)

    def _version(self, version_id: int) -> JudgeVersion:
        return get_object_or_404(whole_versions(self.membership.project), pk=version_id)


class AuditDetailView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(operation_id="read_audit", responses=AuditDetailSerializer)
    def get(self, request: Request, slug: str, audit_id: int) -> Response:  # noqa: ARG002
        """An audit that was asked for; poll it until its state is ready or failed."""
        return Response(_detail(request, get_object_or_404(audits_of(self.membership.project), pk=audit_id)))


def _detail(request: Request, audit: Audit) -> Any:
    return AuditDetailSerializer(audit, context={"viewer": request.user}).data
