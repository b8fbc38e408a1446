"""A value of a YAML document together with the place where it stands."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import yaml

from annotations.errors import AnnotationsError

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
        where = f" ({self.path})" if self.path else ""
        return self.error(f"{self.source}, line {self.line}{where}: {message}")

    @property
    def is_scalar(self) -> bool:
        return isinstance(self.raw, yaml.ScalarNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.raw, yaml.SequenceNode)

    def text(self) -> str:
        """The value as it was written, never empty. `no` and `1` stay the texts they are."""
        if not isinstance(self.raw, yaml.ScalarNode):
            raise self.fault(f"expected a text, got {self._shape()}")
        value: str = self.raw.value.strip()
        if not value:
            raise self.fault("expected a text, got nothing")
        return value

    def number(self) -> float:
        value = self.text()
        try:
            number = float(value)
        except ValueError as err:
            raise self.fault(f"expected a number, got “{value}”") from err
        if not math.isfinite(number):
            raise self.fault(f"expected a finite number, got “{value}”")
        return number

    def boolean(self) -> bool:
        value = self.text().lower()
        if value not in ("true", "false", "yes", "no"):
            raise self.fault(f"expected yes or no, got “{self.text()}”")
        return value in ("true", "yes")

    def choice(self, allowed: Collection[str]) -> str:
        value = self.text()
        if value not in allowed:
            raise self.fault(f"expected one of {', '.join(allowed)}, got “{value}”")
        return value

    def elements(self) -> list[Node]:
        """The values of a list that is not empty."""
        if not isinstance(self.raw, yaml.SequenceNode):
            raise self.fault(f"expected a list, got {self._shape()}")
        if not self.raw.value:
            raise self.fault("expected at least one value in the list, got none")
        return [self._inner(child, f"[{number}]") for number, child in enumerate(self.raw.value, 1)]

    def fields(self, *, required: Collection[str] = (), allowed: Collection[str] | None = None) -> dict[str, Node]:
        """The values of a mapping by key, in the order written.

        Args:
            required: keys that must be there.
            allowed: the only other keys that may be there; None allows any.
        Raises: the document's error, for a missing, unknown or repeated key.
        """
        if not isinstance(self.raw, yaml.MappingNode):
            raise self.fault(f"expected a mapping of keys to values, got {self._shape()}")
        found: dict[str, Node] = {}
        for key_node, value_node in self.raw.value:
            key = self._inner(key_node, "").text()
            at_key = self._inner(key_node, f".{key}")
            if key in found:
                raise at_key.fault(f"“{key}” stands here a second time; first on line {found[key].line}")
            if allowed is not None and key not in allowed and key not in required:
                raise at_key.fault(f"“{key}” is unknown here; expected {', '.join([*required, *allowed])}")
            found[key] = self._inner(value_node, f".{key}")
        for key in required:
            if key not in found:
                raise self.fault(f"“{key}” is missing")
        return found

    def _inner(self, raw: yaml.Node, step: str) -> Node:
        return Node(raw, self.source, (self.path + step).lstrip("."), self.error)

    def _shape(self) -> str:
        if isinstance(self.raw, yaml.ScalarNode):
            return f"“{self.raw.value}”" if self.raw.value else "nothing"
        return "a list" if isinstance(self.raw, yaml.SequenceNode) else "a mapping"


def parse_document(text: str, *, source: str, error: type[AnnotationsError]) -> Node:
    """The root value of a YAML text.

    Args:
        source: what to call the document in messages, usually its file name.
        error: class of the errors raised here and by `Node.fault`.
    Raises: `error`, naming the line, if the text is no YAML, is empty or uses an alias (a few lines of
        aliases can stand for gigabytes, and nobody needs them here).
    """
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        raise error(f"{source}: expected at most {MAX_DOCUMENT_CHARACTERS} characters, got {len(text)}")
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = _line_of(event.start_mark)
                raise error(f"{source}, line {line}: aliases (*{event.anchor}) cannot be used here")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as err:
        raise error(f"{source}, line {_line_of(err.problem_mark)}: this is no valid YAML: {err.problem}") from err
    except yaml.YAMLError as err:
        raise error(f"{source}: this is no valid YAML: {err}") from err
    if root is None:
        raise error(f"{source}, line 1: expected a document, got an empty file")
    return Node(root, source, "", error)


def _line_of(mark: object) -> int:
    """PyYAML has two classes of marks, and may give none."""
    return int(getattr(mark, "line", 0)) + 1
