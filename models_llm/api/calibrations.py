"""Calibrations over the API."""

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
from models_llm.models import Calibration
from models_llm.selectors.calibrations import calibrations_of
from models_llm.selectors.judges import versions_of
from models_llm.services.calibrations import request_calibration


class CalibrationSerializer(serializers.ModelSerializer[Calibration]):
    class Meta:
        model = Calibration
        fields = (
            "id",
            "judge_version_id",
            "seed",
            "state",
            "error",
            "document",
            "examples_digest",
            "created_at",
            "finished_at",
        )
        extra_kwargs = {"document": {"help_text": "Maps and figures by criterion, once the state is ready."}}


class NewCalibrationSerializer(serializers.Serializer[Any]):
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)


class CalibrationListView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS, Capability.RUN_JUDGES)]
    membership: Membership

    @extend_schema(operation_id="list_calibrations", responses=CalibrationSerializer(many=True))
    def get(self, request: Request, slug: str, version_id: int) -> Response:  # noqa: ARG002
        """Calibrations of a version, newest first."""
        found = calibrations_of(self.membership.project).filter(judge_version_id=version_id)
        return Response(CalibrationSerializer(found, many=True).data)

    @extend_schema(
        operation_id="calibrate_judge", request=NewCalibrationSerializer, responses={202: CalibrationSerializer}
    )
    def post(self, request: Request, slug: str, version_id: int) -> Response:  # noqa: ARG002
        """Let a worker calibrate a version on what people decided: poll the calibration it answers."""
        asked = NewCalibrationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = get_object_or_404(versions_of(self.membership.project), pk=version_id)
        calibration = request_calibration(
            version=version, seed=asked.validated_data["seed"], user=cast("User", request.user)
        )
        return Response(CalibrationSerializer(calibration).data, status=status.HTTP_202_ACCEPTED)


class CalibrationDetailView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(operation_id="read_calibration", responses=CalibrationSerializer)
    def get(self, request: Request, slug: str, calibration_id: int) -> Response:  # noqa: ARG002
        """One calibration; poll it until its state is ready or failed."""
        found = get_object_or_404(calibrations_of(self.membership.project), pk=calibration_id)
        return Response(CalibrationSerializer(found).data)
