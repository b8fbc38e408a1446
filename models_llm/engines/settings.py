"""Typed reading of an engine's frozen configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from annotations.sentences import sentence as _
from models_llm.errors import EngineError

S = TypeVar("S")
_ABOUT = "engine_settings"


def read_settings(kind: type[S], config: Mapping[str, Any], *, engine: str) -> S:
    """A settings dataclass from JSON values; a tuple is read from a list of texts.

    Raises: EngineError, if a key is unknown, a key without default is absent, or a value has another type
        than the default beside it.
    """
    known = {spec.name: spec for spec in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(config) - set(known))
    if unknown:
        raise EngineError(
            _(
                "engine “%(engine)s” has no setting %(unknown)s; it has %(known)s",
                engine=engine,
                unknown=", ".join(unknown),
                known=", ".join(sorted(known)),
            ),
            about=_ABOUT,
        )
    values = {
        name: _read(value, known[name].default, f"engine “{engine}”, setting {name}") for name, value in config.items()
    }
    try:
        return kind(**values)
    except TypeError as err:
        raise EngineError(
            _("engine “%(engine)s” lacks a setting: %(fault)s", engine=engine, fault=err), about=_ABOUT
        ) from err


def _read(value: Any, default: Any, where: str) -> Any:
    if isinstance(default, tuple):
        if not isinstance(value, (list, tuple)) or not all(isinstance(part, str) for part in value):
            raise EngineError(
                _("%(where)s: expected a list of texts, got %(came)s", where=where, came=repr(value)), about=_ABOUT
            )
        return tuple(value)
    if type(default) is float and type(value) is int:
        return float(value)
    if isinstance(default, (str, int, float, bool)) and type(value) is not type(default):
        raise EngineError(
            _(
                "%(where)s: expected %(wanted)s, got %(came)s",
                where=where,
                wanted=type(default).__name__,
                came=repr(value),
            ),
            about=_ABOUT,
        )
    return value
