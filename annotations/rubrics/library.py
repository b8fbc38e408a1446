"""Rubrics that come with the platform."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from annotations.errors import RubricError
from annotations.rubrics.reader import read_rubric
from annotations.rubrics.spec import RubricSpec
from annotations.sentences import sentence as _

_ROOM: Final = files("annotations.rubrics")
_FOLDERS: Final = ("templates", "published")


def available_rubrics() -> tuple[str, ...]:
    """Names of the rubrics a new project can start from."""
    return _names("templates")


def published_rubrics() -> tuple[str, ...]:
    """Names of the rubrics under which the published data sets with a mapping file were rated."""
    return _names("published")


@cache
def load_rubric(name: str) -> RubricSpec:
    """The rubric of that name, a template or that of a published data set.

    Raises: RubricError, listing the names there are.
    """
    for folder in _FOLDERS:
        if name in _names(folder):
            file = _ROOM / folder / f"{name}.yaml"
            return read_rubric(file.read_text(encoding="utf-8"), source=file.name)
    raise RubricError(
        _(
            "expected one of %(known)s, got “%(name)s”",
            known=", ".join(available_rubrics() + published_rubrics()),
            name=name,
        )
    )


@cache
def _names(folder: str) -> tuple[str, ...]:
    entries = (_ROOM / folder).iterdir()
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml")))
