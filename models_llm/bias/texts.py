"""Altering the texts of items, which are JSON of any shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

Path = tuple[str | int, ...]

NEUTRAL: Final = (
    "This is said once more in other words, and nothing is added by it.",
    "What was meant above is still meant here, no more and no less.",
    "The sentence before this one says the same as the one after it.",
    "It may be read again, and it will then say what it said before.",
    "None of this changes what was stated at the beginning.",
)
"""Sentences that add length and nothing else."""


def texts_in(value: Any) -> Iterator[tuple[Path, str]]:
    """Every text in a value, with the way to it; names of fields are none."""
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from (((name, *path), text) for path, text in texts_in(part))
    elif isinstance(value, (list, tuple)):
        for at, part in enumerate(value):
            yield from (((at, *path), text) for path, text in texts_in(part))


def n_characters(value: Any) -> int:
    """Length of all texts in a value."""
    return sum(len(text) for _, text in texts_in(value))


def with_longest_text(value: Any, change: Callable[[str], str]) -> Any:
    """The value with its longest text changed; a value without texts as it is."""
    found = sorted(texts_in(value), key=lambda one: -len(one[1]))
    return _changed(value, found[0][0], change) if found else value


def with_all_texts(value: Any, text: str) -> Any:
    """The value with each of its texts replaced by one and the same."""
    for path, _ in list(texts_in(value)):
        value = _changed(value, path, lambda _: text)
    return value


def with_field(value: Any, name: str, content: Any) -> Any:
    """The value with one more field; what has no fields gets them."""
    return {**value, name: content} if isinstance(value, Mapping) else {"text": value, name: content}


def padded(text: str) -> str:
    """The text with neutral sentences after it: twice as long, and longer by three sentences at least."""
    length, pieces = 0, list[str]()
    while len(pieces) < 3 or length < len(text):
        pieces.append(NEUTRAL[len(pieces) % len(NEUTRAL)])
        length += len(pieces[-1])
    return " ".join([text, *pieces])


def _changed(value: Any, path: Sequence[str | int], change: Callable[[str], str]) -> Any:
    if not path:
        return change(value)
    first, *rest = path
    if isinstance(value, Mapping):
        return {**value, first: _changed(value[first], rest, change)}
    return [_changed(part, rest, change) if at == first else part for at, part in enumerate(value)]
