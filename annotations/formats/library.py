"""Mapping files that come with the platform."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from annotations.errors import MappingError
from annotations.sentences import sentence as _

_FOLDER: Final = files("annotations.formats") / "published"


@cache
def published_mappings() -> tuple[str, ...]:
    """Names of the mapping files, such as `hanna_stories.items`: rubric, dot, what the file holds."""
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yaml"))
    )


def load_mapping_text(name: str) -> str:
    """The text of a mapping file.

    Raises: MappingError, listing the names there are.
    """
    if name not in published_mappings():
        raise MappingError(
            _(
                "expected one of %(known)s, got “%(name)s”",
                known=", ".join(published_mappings()),
                name=name,
            )
        )
    return (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
