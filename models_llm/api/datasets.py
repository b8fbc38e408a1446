"""Data sets over the API: ask for one, wait for it, download it."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.choices import WorkState
from annotations.models import Membership, User
from annotations.models.fields import choices_of
from annotations.permissions import Capability, member_with
from models_llm.api.refusals import ErrorSerializer, refusals
from models_llm.choices import FileFormat, Labels, Shape
from models_llm.datasets import Query
from models_llm.models import Dataset
from models_llm.selectors.exports import archive_name, project_datasets, stream_archive
from models_llm.services.builds import request_dataset


class DatasetQuerySerializer(serializers.Serializer[Any]):
    shape = serializers.ChoiceField(choices=choices_of(Shape))
    format = serializers.ChoiceField(choices=choices_of(FileFormat), default=FileFormat.PARQUET.value)
    labels = serializers.ChoiceField(
        choices=choices_of(Labels), default=Labels.PEOPLE.value, help_text="Whose ratings decide."
    )
    judge = serializers.CharField(allow_null=True, default=None, help_text="NAME or NAME@VERSION.")
    slices = serializers.DictField(child=serializers.CharField(), default=dict, help_text="Only items that have all.")
    rubric = serializers.IntegerField(allow_null=True, default=None, help_text="Version; null: the newest.")
    max_per_prompt = serializers.IntegerField(allow_null=True, default=None, min_value=0, help_text="0: no limit.")
    calibrated = serializers.BooleanField(
        default=False,
        help_text="In the shape judged: probabilities by each judge's newest calibration, beside those given.",
    )


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    class Meta:
        model = Dataset
        fields: tuple[str, ...] = (
            "id",
            "shape",
            "format",
            "params",
            "state",
            "n_rows",
            "n_read",
            "n_items",
            "digest",
            "error",
            "created_at",
            "finished_at",
        )


class DatasetDetailSerializer(DatasetSerializer):
    class Meta(DatasetSerializer.Meta):
        fields = (*DatasetSerializer.Meta.fields, "manifest")


class DatasetListView(APIView):
    permission_classes = [member_with(Capability.EXPORT)]
    membership: Membership

    @extend_schema(operation_id="list_datasets", responses=DatasetSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """The newest hundred data sets of a project."""
        return Response(DatasetSerializer(project_datasets(self.membership.project)[:100], many=True).data)

    @extend_schema(
        operation_id="create_dataset",
        request=DatasetQuerySerializer,
        responses={202: DatasetSerializer, 400: ErrorSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Let a worker build a data set; poll it until its state is ready or failed."""
        asked = DatasetQuerySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        query = Query(
            shape=Shape(values["shape"]),
            format=FileFormat(values["format"]),
            labels=Labels(values["labels"]),
            judge=values["judge"],
            slices=tuple(values["slices"].items()),
            rubric=values["rubric"],
            max_per_prompt=values["max_per_prompt"],
            is_calibrated=values["calibrated"],
        )
        with refusals():
            dataset = request_dataset(project=self.membership.project, query=query, user=cast("User", request.user))
        return Response(DatasetSerializer(dataset).data, status.HTTP_202_ACCEPTED)


class DatasetDetailView(APIView):
    permission_classes = [member_with(Capability.EXPORT)]
    membership: Membership

    @extend_schema(operation_id="read_dataset", responses=DatasetDetailSerializer)
    def get(self, request: Request, slug: str, dataset_id: int) -> Response:  # noqa: ARG002
        """One data set; with its manifest once it is ready."""
        return Response(DatasetDetailSerializer(_find(self.membership, dataset_id)).data)


class DatasetDownloadView(APIView):
    permission_classes = [member_with(Capability.EXPORT)]
    membership: Membership

    @extend_schema(
        operation_id="download_dataset",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, 409: OpenApiResponse(ErrorSerializer)},
    )
    def get(self, request: Request, slug: str, dataset_id: int) -> HttpResponseBase:  # noqa: ARG002
        """The files of a ready data set as one zip file."""
        dataset = _find(self.membership, dataset_id)
        if dataset.state != WorkState.READY:
            detail = f"expected a data set that is ready, this one is {dataset.state}"
            return Response({"code": "dataset_not_ready", "detail": detail}, status.HTTP_409_CONFLICT)
        return StreamingHttpResponse(
            stream_archive(dataset),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{archive_name(dataset)}.zip"'},
        )


def _find(membership: Membership, dataset_id: int) -> Dataset:
    return get_object_or_404(Dataset.objects.select_related("project"), project=membership.project, pk=dataset_id)
