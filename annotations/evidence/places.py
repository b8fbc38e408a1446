"""Where in an item a text stands, so that words in it can be pointed at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from annotations.errors import HighlightError
from annotations.images import take_images
from annotations.sentences import sentence as _

MOST_HIGHLIGHTS: Final = 20


class PlacedText(str):
    """A text of an item with its place in it, such as `candidate.0.reason` or `context.behaviour.1.items.0`."""

    __slots__ = ("place",)
    place: str

    def __new__(cls, text: str, place: str) -> PlacedText:
        placed = super().__new__(cls, text)
        placed.place = place
        return placed


def with_places(value: Any, place: str) -> Any:
    """The same JSON, each of its texts with its place."""
    if isinstance(value, str):
        return PlacedText(value, place)
    if isinstance(value, Mapping):
        return {key: with_places(part, f"{place}.{key}") for key, part in value.items()}
    if isinstance(value, list):
        return [with_places(part, f"{place}.{number}") for number, part in enumerate(value)]
    return value


def texts_in(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Place and text of each text of a JSON value."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping | list):
        for key, part in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from texts_in(part, f"{place}.{key}" if place else str(key))


def check_highlights(
    highlights: Sequence[Mapping[str, Any]], *, context: Any, candidates: Sequence[Any]
) -> list[dict[str, Any]]:
    """The highlights with their keys and no others, if each stands in the item.

    Args:
        highlights: `in`, the place of a text; `from` and `to`, where in it, counted in characters; `text`.
    Raises: HighlightError, naming what was expected and what came.
    """
    if len(highlights) > MOST_HIGHLIGHTS:
        raise HighlightError(
            _(
                "expected at most %(most)s highlights, got %(n)s",
                most=MOST_HIGHLIGHTS,
                n=len(highlights),
            )
        )
    apart = take_images(context, candidates)
    texts = dict(texts_in({"context": apart.context, "candidate": list(apart.candidates)}))
    return [_checked(highlight, texts) for highlight in highlights]


def _checked(highlight: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    place, start, end, text = (highlight.get(key) for key in ("in", "from", "to", "text"))
    if not isinstance(place, str) or place not in texts:
        raise HighlightError(_("expected the place of a text in the item, got %(place)s", place=repr(place)))
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise HighlightError(
            _(
                "%(place)s: expected “from” below “to”, in characters from 0, got %(start)s and %(end)s",
                place=place,
                start=repr(start),
                end=repr(end),
            )
        )
    if texts[place][start:end] != text:
        raise HighlightError(
            _(
                "%(place)s: expected the words “%(words)s” at %(start)s, got “%(text)s”",
                place=place,
                words=texts[place][start:end],
                start=start,
                text=text,
            )
        )
    return {"in": place, "from": start, "to": end, "text": text}
