"""A value of a YAML document together with the place where it stands."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import yaml

from annotations.errors import AnnotationsError
from annotations.sentences import sentence as _

MAX_DOCUMENT_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Node:
    """One value of a document.

    Attributes:
        source: name of the document, used in messages.
        path: where the value stands, such as `criteria[2].levels`; empty for the whole document.
        error: the class of every fault found in this document.
    """

    raw: yaml.Node
    source: str
    path: str
    error: type[AnnotationsError]

    @property
    def line(self) -> int:
        """Line in the document, from 1."""
        return int(self.raw.start_mark.line) + 1

    def fault(self, message: str) -> AnnotationsError:
        """The error to raise for what is wrong with this value."""
        if not self.path:
            return self.error(
                _("%(source)s, line %(line)s: %(fault)s", source=self.source, line=self.line, fault=message)
            )
        return self.error(
            _(
                "%(source)s, line %(line)s (%(path)s): %(fault)s",
                source=self.source,
                line=self.line,
                path=self.path,
                fault=message,
            )
        )

    @property
    def is_scalar(self) -> bool:
        return isinstance(self.raw, yaml.ScalarNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.raw, yaml.SequenceNode)

    def text(self) -> str:
        """The value as it was written, never empty. `no` and `1` stay the texts they are."""
        if not isinstance(self.raw, yaml.ScalarNode):
            raise self.fault(_("expected a text, got %(came)s", came=self._shape()))
        value: str = self.raw.value.strip()
        if not value:
            raise self.fault(_("expected a text, got nothing"))
        return value

    def number(self) -> float:
        value = self.text()
        try:
            number = float(value)
        except ValueError as err:
            raise self.fault(_("expected a number, got “%(value)s”", value=value)) from err
        if not math.isfinite(number):
            raise self.fault(_("expected a finite number, got “%(value)s”", value=value))
        return number

    def boolean(self) -> bool:
        value = self.text().lower()
        if value not in ("true", "false", "yes", "no"):
            raise self.fault(_("expected yes or no, got “%(text)s”", text=self.text()))
        return value in ("true", "yes")

    def choice(self, allowed: Collection[str]) -> str:
        value = self.text()
        if value not in allowed:
            raise self.fault(_("expected one of %(known)s, got “%(value)s”", known=", ".join(allowed), value=value))
        return value

    def elements(self) -> list[Node]:
        """The values of a list that is not empty."""
        if not isinstance(self.raw, yaml.SequenceNode):
            raise self.fault(_("expected a list, got %(came)s", came=self._shape()))
        if not self.raw.value:
            raise self.fault(_("expected at least one value in the list, got none"))
        return [self._inner(child, f"[{number}]") for number, child in enumerate(self.raw.value, 1)]

    def fields(self, *, required: Collection[str] = (), allowed: Collection[str] | None = None) -> dict[str, Node]:
        """The values of a mapping by key, in the order written.

        Args:
            required: keys that must be there.
            allowed: the only other keys that may be there; None allows any.
        Raises: the document's error, for a missing, unknown or repeated key.
        """
        if not isinstance(self.raw, yaml.MappingNode):
            raise self.fault(_("expected a mapping of keys to values, got %(came)s", came=self._shape()))
        found: dict[str, Node] = {}
        for key_node, value_node in self.raw.value:
            key = self._inner(key_node, "").text()
            at_key = self._inner(key_node, f".{key}")
            if key in found:
                raise at_key.fault(
                    _("“%(key)s” stands here a second time; first on line %(line)s", key=key, line=found[key].line)
                )
            if allowed is not None and key not in allowed and key not in required:
                raise at_key.fault(
                    _("“%(key)s” is unknown here; expected %(known)s", key=key, known=", ".join([*required, *allowed]))
                )
            found[key] = self._inner(value_node, f".{key}")
        for key in required:
            if key not in found:
                raise self.fault(_("“%(key)s” is missing", key=key))
        return found

    def _inner(self, raw: yaml.Node, step: str) -> Node:
        return Node(raw, self.source, (self.path + step).lstrip("."), self.error)

    def _shape(self) -> str:
        if isinstance(self.raw, yaml.ScalarNode):
            return f"“{self.raw.value}”" if self.raw.value else _("nothing")
        return _("a list") if isinstance(self.raw, yaml.SequenceNode) else _("a mapping")


def parse_document(text: str, *, source: str, error: type[AnnotationsError]) -> Node:
    """The root value of a YAML text.

    Args:
        source: what to call the document in messages, usually its file name.
        error: class of the errors raised here and by `Node.fault`.
    Raises: `error`, naming the line, if the text is no YAML, is empty or uses an alias (a few lines of
        aliases can stand for gigabytes, and nobody needs them here).
    """
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        raise error(
            _(
                "%(source)s: expected at most %(most)s characters, got %(n)s",
                source=source,
                most=MAX_DOCUMENT_CHARACTERS,
                n=len(text),
            )
        )
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = _line_of(event.start_mark)
                raise error(
                    _(
                        "%(source)s, line %(line)s: aliases (*%(anchor)s) cannot be used here",
                        source=source,
                        line=line,
                        anchor=event.anchor,
                    )
                )
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as err:
        raise error(
            _(
                "%(source)s, line %(line)s: this is no valid YAML: %(problem)s",
                source=source,
                line=_line_of(err.problem_mark),
                problem=err.problem,
            )
        ) from err
    except yaml.YAMLError as err:
        raise error(_("%(source)s: this is no valid YAML: %(fault)s", source=source, fault=err)) from err
    if root is None:
        raise error(_("%(source)s, line 1: expected a document, got an empty file", source=source))
    return Node(root, source, "", error)


def _line_of(mark: object) -> int:
    """PyYAML has two classes of marks, and may give none."""
    return int(getattr(mark, "line", 0)) + 1
