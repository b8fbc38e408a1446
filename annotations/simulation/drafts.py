"""What a candidate says and what is true of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Draft:
    """A candidate with its truth.

    Attributes:
        fields: the candidate as it is imported.
        levels: true level key by criterion key.
        faults: names of the faults planted; none for a sound candidate.
    """

    fields: dict[str, str]
    levels: dict[str, str]
    faults: tuple[str, ...] = ()


def capitalised(text: str) -> str:
    """The text with a capital at its start and the rest as it is, names of months included."""
    return text[:1].upper() + text[1:]
