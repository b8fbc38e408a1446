"""What the API answers where a service refuses."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from annotations.errors import AnnotationsError


class RefusalSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


def refusal(err: AnnotationsError, status_code: int) -> Response:
    return Response({"code": err.code, "detail": str(err)}, status=status_code)
