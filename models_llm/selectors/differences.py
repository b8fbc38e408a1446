"""What two descriptions of a judge say differently, and two texts line by line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal, NamedTuple

from django.utils.translation import ngettext

CONTEXT: Final = 2
"""Lines that are shown around a change."""


class Line(NamedTuple):
    """One line of a difference; a gap stands for lines that are alike in both."""

    kind: Literal["same", "old", "new", "gap"]
    text: str


@dataclass(frozen=True)
class Change:
    """A value that differs. Either is empty where there is none; `lines` is empty for values of one line."""

    name: str
    old: str
    new: str
    lines: tuple[Line, ...]


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """What `new` says otherwise than `old`, part by part, in the order of `new`."""
    before, after = _flat(old), _flat(new)
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        _change(name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    )


def line_difference(old: str, new: str) -> tuple[Line, ...]:
    """Lines of both texts, those that are alike only near a change; empty where the texts are equal."""
    a, b = old.splitlines(), new.splitlines()
    lines: list[Line] = []
    for tag, a_start, a_end, b_start, b_end in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += _shortened(a[a_start:a_end], is_first=a_start == 0, is_last=a_end == len(a))
        else:
            lines += [Line("old", text) for text in a[a_start:a_end]]
            lines += [Line("new", text) for text in b[b_start:b_end]]
    return tuple(lines) if any(line.kind in ("old", "new") for line in lines) else ()


def _change(name: str, old: str, new: str) -> Change:
    has_lines = "\n" in old.strip() or "\n" in new.strip()
    return Change(name, old, new, line_difference(old, new) if has_lines else ())


def _flat(value: Any, name: str = "") -> dict[str, str]:
    if isinstance(value, Mapping):
        parts: dict[str, str] = {}
        for key, part in value.items():
            parts |= _flat(part, f"{name}.{key}" if name else str(key))
        return parts
    if value is None or value == "":
        return {}
    return {name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}


def _shortened(texts: list[str], *, is_first: bool, is_last: bool) -> list[Line]:
    head = 0 if is_first else CONTEXT
    tail = 0 if is_last else CONTEXT
    if len(texts) <= head + tail + 1:
        return [Line("same", text) for text in texts]
    n_alike = len(texts) - head - tail
    gap = Line("gap", ngettext("%(n)s line alike", "%(n)s lines alike", n_alike) % {"n": n_alike})
    return [
        *(Line("same", text) for text in texts[:head]),
        gap,
        *(Line("same", text) for text in texts[len(texts) - tail :]),
    ]
