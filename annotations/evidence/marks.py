"""Which words of an item's texts are marked, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from annotations.evidence.differences import Spans
from annotations.evidence.places import PlacedText
from annotations.evidence.shared import shared_spans


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `mark` says why it is marked, empty where it is not."""

    text: str
    mark: Literal["", "shared", "unlike"]


@dataclass(frozen=True)
class Marks:
    """What is marked in the texts of an item.

    Attributes:
        shared: words that stand in a candidate and in the evidence.
        differing: by place, what the other candidate of a pair has not; there the shared words are not marked.
    """

    shared: frozenset[str] = frozenset()
    differing: Mapping[str, Spans] = field(default_factory=dict)

    def pieces_of(self, text: str) -> list[Piece]:
        """The text in stretches, which together are the text."""
        place = text.place if isinstance(text, PlacedText) else ""
        if place in self.differing:
            return _cut(text, self.differing[place], "unlike")
        return _cut(text, shared_spans(text, self.shared), "shared")


def _cut(text: str, spans: Spans, mark: Literal["shared", "unlike"]) -> list[Piece]:
    """Spans come in the order of their beginnings; those that touch or overlap are one stretch."""
    found: list[Piece] = []
    end = 0
    for start, until in _joined(spans):
        if start > end:
            found.append(Piece(text[end:start], ""))
        found.append(Piece(text[start:until], mark))
        end = until
    if end < len(text):
        found.append(Piece(text[end:], ""))
    return found


def _joined(spans: Spans) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, until in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((start, until))
    return joined
