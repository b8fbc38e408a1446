"""Items and judgements over the API, as a stream of JSON lines."""

from __future__ import annotations

import io
from typing import Any, Final, cast

from django.conf import settings
from django.http import HttpRequest, UnreadablePostError
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.choices import BatchKind, BatchState
from annotations.errors import ImportRefusedError, LeaseLostError
from annotations.formats import RowFormat
from annotations.models import Batch, Membership, User
from annotations.permissions import Capability, member_with
from annotations.selectors.imports import refusal_counts
from annotations.sentences import sentence as _
from annotations.services.imports import import_rows, open_batch, take_batch

MEDIA_TYPES: Final = ("application/x-ndjson", "application/jsonl", "application/octet-stream", "application/gzip")
MAX_REFUSALS: Final = 1_000


class RefusedRowSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField(source="row_number", help_text="Line of the body, from 1.")
    code = serializers.CharField()
    message = serializers.CharField()


class ImportSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    url = serializers.CharField(help_text="Its page.")
    state = serializers.CharField()
    error = serializers.CharField(help_text="Why it failed; empty if it did not.")
    n_read = serializers.IntegerField()
    n_items = serializers.IntegerField(help_text="Items that are new.")
    n_judgements = serializers.IntegerField(help_text="Judgements that are new, revisions included.")
    n_unchanged = serializers.IntegerField(help_text="Rows that were here already, with the same content.")
    n_refused = serializers.IntegerField()
    unmapped = serializers.DictField(child=serializers.IntegerField(), help_text="Values without a level, by reason.")
    refused_by_code = serializers.DictField(child=serializers.IntegerField())
    refused = RefusedRowSerializer(many=True, help_text=f"The first {MAX_REFUSALS}.")


class OptionsSerializer(serializers.Serializer[Any]):
    strict = serializers.BooleanField(default=False)
    producer = serializers.CharField(default="", allow_blank=True, max_length=200)
    round = serializers.IntegerField(default=None, allow_null=True, min_value=0, max_value=2**31 - 1)


class LengthRequired(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "expected a Content-Length; send the body with its length, not in chunks"
    default_code = "length_required"


class TakenOver(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "taken_over"


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"


_PARAMETERS: Final = [
    OpenApiParameter("strict", bool, description="One refused row, and nothing goes in; the answer is 400."),
    OpenApiParameter("producer", str, description="Which model made the candidates."),
    OpenApiParameter("round", int, description="Of the loop."),
]


class _ImportView(APIView):
    permission_classes = [member_with(Capability.IMPORT)]
    membership: Membership
    kind: BatchKind

    def receive(self, request: Request) -> Response:
        """Import the body row by row while it arrives; it is never in memory as a whole."""
        _check_body(request)
        options = OptionsSerializer(data=request.query_params.dict())
        options.is_valid(raise_exception=True)
        batch = open_batch(
            project=self.membership.project,
            kind=self.kind,
            source_name=f"API request by {request.user}",
            producer=options.validated_data["producer"],
            round_number=options.validated_data["round"],
            is_strict=options.validated_data["strict"],
            created_by=cast("User", request.user),
        )
        taken = take_batch(batch.pk)
        if taken is None:
            raise TakenOver("the import was taken by another process; send it again")
        body = io.BufferedReader(_Body(request._request), 256 * 1024)
        try:
            closed = import_rows(batch=taken, stream=body, row_format=RowFormat.JSONL)
        except LeaseLostError as err:
            raise TakenOver(str(err)) from err
        failed = closed.state == BatchState.FAILED
        return Response(_answer(closed), status=status.HTTP_400_BAD_REQUEST if failed else status.HTTP_200_OK)


class ItemsView(_ImportView):
    kind = BatchKind.ITEMS

    @extend_schema(
        operation_id="import_items",
        parameters=_PARAMETERS,
        request={"application/x-ndjson": OpenApiTypes.STR},
        responses={200: ImportSerializer, 400: ImportSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Import items, one JSON object a line, plain or gzip: `{"id", "context", "candidate", "judgements", ...}`.

        Rows go in as they arrive; refused ones are listed with their line. The same content again changes nothing.
        """
        return self.receive(request)


class JudgementsView(_ImportView):
    kind = BatchKind.JUDGEMENTS

    @extend_schema(
        operation_id="import_judgements",
        parameters=_PARAMETERS,
        request={"application/x-ndjson": OpenApiTypes.STR},
        responses={200: ImportSerializer, 400: ImportSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Import judgements, one JSON object a line: `{"item", "rater", "kind", "levels": {criterion: level}, ...}`.

        All go in at once at the end. Another judgement by the same rater on the same item becomes a revision.
        """
        return self.receive(request)


class _Body(io.RawIOBase):
    """The body of a request as a file."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            block = self._request.read(len(buffer))
        except UnreadablePostError as err:
            raise ImportRefusedError(
                _("the connection broke off; what was imported before stays, so send the whole body again")
            ) from err
        buffer[: len(block)] = block
        return len(block)


def _check_body(request: Request) -> None:
    media_type = (request.content_type or "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise UnsupportedMediaType(media_type, detail=f"expected one of {', '.join(MEDIA_TYPES)}, got “{media_type}”")
    length = request.META.get("CONTENT_LENGTH")
    if not length:
        raise LengthRequired
    if int(length) > settings.IMPORT_MAX_BYTES:
        raise BodyTooLarge(f"expected at most {settings.IMPORT_MAX_BYTES:,} bytes, got {int(length):,}; split the body")


def _answer(batch: Batch) -> dict[str, Any]:
    row = {
        **{name: getattr(batch, name) for name in ("id", "state", "error", "unmapped")},
        **{name: getattr(batch, name) for name in ("n_read", "n_items", "n_judgements", "n_unchanged", "n_refused")},
        "url": reverse("annotations:import", args=[batch.project.slug, batch.pk]),
        "refused_by_code": {count.code: count.n_rows for count in refusal_counts(batch)},
        "refused": batch.refusals.order_by("row_number", "pk")[:MAX_REFUSALS],
    }
    return ImportSerializer(row).data
