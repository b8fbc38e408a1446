"""Sentences for people from rooms that know no language: English, and ready to be said in another.

    from annotations.sentences import sentence as _
    raise RubricError(_("expected one of %(known)s, got “%(name)s”", known=", ".join(names), name=name))

A sentence is its English text wherever a text is wanted: in logs, stored, over the API, in a command. A page says it in
the reader's language through `annotations.wording`; catalogues are made of the calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Sentence(str):
    """English text that remembers what it is made of.

    Attributes:
        message: the text with places for values, by which catalogues know it.
        values: what stands in the places: numbers, texts, and sentences, which are said too.
    """

    __slots__ = ("message", "values")

    message: str
    values: Mapping[str, object]

    def __new__(cls, message: str, /, **values: object) -> Sentence:
        made = super().__new__(cls, message % values if values else message)
        made.message = message
        made.values = {name: _kept(value) for name, value in values.items()}
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], Mapping[str, object]]:  # type: ignore[override]
        return (self.message,), self.values


def sentence(message: str, /, **values: object) -> str:
    """A `Sentence` of the message with its values; places are named, as in “got %(name)s”."""
    return Sentence(message, **values)


_ = sentence  # the name that catalogues look for


def said_by(error: Exception) -> str:
    """What the error says: the sentence it was raised with, where it was, else its text."""
    return error.args[0] if error.args and isinstance(error.args[0], Sentence) else str(error)


def joined(sentences: Iterable[str]) -> str:
    """The sentences with semicolons between them; an empty text for none."""
    said = list(sentences)
    if len(said) < 2:
        return said[0] if said else ""
    return _("%(first)s; %(second)s", first=said[0], second=joined(said[1:]))


def _kept(value: object) -> object:
    if isinstance(value, Exception):
        return said_by(value)
    return value if isinstance(value, (str, int, float)) else str(value)
