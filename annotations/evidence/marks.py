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
    marked = [False] * len(text)
    for start, end in spans:
        marked[start:end] = [True] * (end - start)
    found: list[Piece] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or marked[at] != marked[start]:
            found.append(Piece(str(text[start:at]), mark if marked[start] else ""))
            start = at
    return found
