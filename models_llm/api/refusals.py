"""What the API answers where a service refuses: the error's code and its sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework import serializers, status
from rest_framework.exceptions import APIException

from models_llm.errors import ModelsLLMError


class ErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class _Refusal(APIException):
    def __init__(self, err: ModelsLLMError, status_code: int) -> None:
        super().__init__({"code": err.code, "detail": str(err)})
        self.status_code = status_code


@contextmanager
def refusals(status_code: int = status.HTTP_400_BAD_REQUEST) -> Iterator[None]:
    """Around a call of a service: its refusal becomes the answer, with that status."""
    try:
        yield
    except ModelsLLMError as err:
        raise _Refusal(err, status_code) from err
