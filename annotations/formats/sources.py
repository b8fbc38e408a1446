"""Where a mapping takes a value from: a field of the row, a constant, or a text put together from fields."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any

from annotations.documents import Node
from annotations.formats.values import as_text
from annotations.sentences import sentence as _


class FieldMissingError(Exception):
    """A row lacks a field that it must have. The message names the field."""


@dataclass(frozen=True)
class Source:
    """Exactly one of `field`, `constant` and `template` is set; `default` stands in for a missing field."""

    field: str | None = None
    constant: str | None = None
    template: str | None = None
    default: str | None = None

    def fields(self) -> set[str]:
        """Names of the fields that are read."""
        if self.template is not None:
            return {name for _text, name, _form, _conversion in string.Formatter().parse(self.template) if name}
        return set() if self.field is None else {self.field}

    def value(self, row: dict[str, Any]) -> object:
        """The value for a row; None where the field is not there and has no default."""
        if self.constant is not None:
            return self.constant
        if self.template is not None:
            return self.template.format_map({name: _text_of(row, name) for name in self.fields()})
        value = row.get(self.field or "")
        return self.default if value is None else value

    def text(self, row: dict[str, Any]) -> str:
        """The value as a text that is not empty.

        Raises: FieldMissingError.
        """
        value = self.value(row)
        text = as_text(value) if isinstance(value, str | int | float) else ""
        if not text:
            wanted = self.field or self.template or ""
            raise FieldMissingError(
                _(
                    "expected a text or a number in the field “%(name)s”, got %(came)s",
                    name=wanted,
                    came=_described(value),
                )
            )
        return text


def read_source(node: Node) -> Source:
    """A source as a mapping file writes it: a field's name, or `field` (with `default`), `constant`, `template`."""
    if node.is_scalar:
        return Source(field=node.text())
    fields = node.fields(allowed=("field", "default", "constant", "template"))
    kinds = [kind for kind in ("field", "constant", "template") if kind in fields]
    if len(kinds) != 1 or ("default" in fields and kinds != ["field"]):
        raise node.fault(
            _("expected a field's name, or one of “field” (with or without “default”), “constant”, “template”")
        )
    texts = {key: value.text() for key, value in fields.items()}
    if "template" in texts:
        _check_template(fields["template"])
    return Source(**texts)


def _check_template(node: Node) -> None:
    try:
        parts = list(string.Formatter().parse(node.text()))
    except ValueError as err:
        raise node.fault(_("expected field names in braces: %(fault)s", fault=err)) from err
    for _literal, name, form, conversion in parts:
        # Only whole fields: `{x.y}` or `{x[0]}` would reach into Python objects.
        if name is not None and (not name or form or conversion or "." in name or "[" in name):
            raise node.fault(_("expected only field names in braces, got “{%(name)s}”", name=name))


def _text_of(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str | int | float) or value == "":
        raise FieldMissingError(
            _(
                "expected a text or a number in the field “%(name)s”, got %(came)s",
                name=name,
                came=_described(value),
            )
        )
    return as_text(value)


def _described(value: object) -> str:
    if value is None:
        return _("nothing")
    return _("an empty text") if value == "" else _("a %(type)s", type=type(value).__name__)
