"""Fields and field choices that Django lacks."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


def choices_of(vocabulary: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, member.value.capitalize()) for member in vocabulary]


class RealField(models.FloatField):
    """Four bytes instead of eight, for numbers that are many and need no more than seven digits."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002  the signature is Django's
        return "real"
