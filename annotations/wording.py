"""What pure rooms and services said, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

from django.utils.translation import get_language, gettext
from django.utils.translation.trans_real import translation

from annotations.sentences import Sentence, said_by

LONGEST_STORED: Final = 1_000
_DEEPEST: Final = 3
_FEWEST_LETTERS: Final = 4
"""A message with fewer letters of its own fits too much to be known again."""
_PLACE: Final = re.compile(r"%\((\w+)\)[sd]")


def say(words: object) -> str:
    """The words of a sentence, or of an error that was raised with one; any other text as a catalogue has it."""
    text = said_by(words) if isinstance(words, Exception) else words
    if isinstance(text, Sentence) and text.values:
        values = {name: say(value) if isinstance(value, Sentence) else value for name, value in text.values.items()}
        return gettext(text.message) % values
    plain = str(text)
    return gettext(plain) if plain else ""


def say_whole(words: object) -> str:
    """What `say` says, ended as a sentence that stands by itself."""
    return gettext("%(words)s.") % {"words": say(words)}


def say_stored(text: str) -> str:
    """A sentence that was stored, which is its English text alone, in the reader's language.

    It is known again by the words of its message; one that no message fits stays as it is. What stood in its places is
    said likewise, but for single words, which may be somebody's. Sentences with semicolons between them are said one
    by one.
    """
    if isinstance(text, Sentence):
        return say(text)
    if not text or len(text) > LONGEST_STORED:
        return text
    known = gettext(text)
    return _told_apart(text, _DEEPEST, get_language() or "").text if known == text else known


class _Said(NamedTuple):
    """A text in the reader's language, and how many of its letters were known."""

    n_known: int
    text: str


@lru_cache(maxsize=4_096)
def _told_apart(text: str, depth: int, language: str) -> _Said:
    """The reading of a text that knows most of it; `language` is the one that is active."""
    readings = [_Said(0, text)]
    if " " in text and (known := gettext(text)) != text:
        is_sentence = text.count(" ") > 1  # two words, such as “a list”, do not make a reading likelier
        readings = [_Said(_letters(text) if is_sentence else 0, known)]
    if depth:
        readings += _readings(text, depth - 1, language)
    return max(readings, key=lambda one: one.n_known)


def _readings(text: str, depth: int, language: str) -> Iterator[_Said]:
    for form in _forms(language):
        values = form.values_in(text)
        if values is not None:
            said = {name: _told_apart(value, depth, language) for name, value in values.items()}
            n_known = form.n_letters + sum(one.n_known for one in said.values())
            yield _Said(n_known, gettext(form.message) % {name: one.text for name, one in said.items()})
    if "; " in text:
        parts = [_told_apart(part, depth, language) for part in text.split("; ")]
        yield _Said(sum(part.n_known for part in parts), gettext("; ").join(part.text for part in parts))


@dataclass(frozen=True)
class _Form:
    """A message as its own words, one more than there are places, and the names of the places between them."""

    message: str
    words: tuple[str, ...]
    names: tuple[str, ...]
    n_letters: int

    def values_in(self, text: str) -> dict[str, str] | None:
        """What stands in the places if the text is of this message; each place ends where the next words begin first.

        No search goes back, so a text that was made to fit in many ways takes no longer.
        """
        first, *between, last = self.words
        if not (text.startswith(first) and text.endswith(last)):
            return None
        at, end = len(first), len(text) - len(last)
        found: list[str] = []
        for words in between:
            begins = text.find(words, at, end)
            if begins < 0:
                return None
            found.append(text[at:begins])
            at = begins + len(words)
        found.append(text[at:end])
        values = dict(zip(self.names, found, strict=True))
        is_whole = (
            all(found) and at <= end and all(values[name] == one for name, one in zip(self.names, found, strict=True))
        )
        return values if is_whole else None


@cache
def _forms(language: str) -> tuple[_Form, ...]:
    """Messages with places that the language has words for."""
    if not language or language.startswith("en"):
        return ()
    catalogue = translation(language)._catalog  # type: ignore[attr-defined]  # as `django.views.i18n` reads it
    messages = (key for key, _said in catalogue.items() if isinstance(key, str) and "\x04" not in key)
    forms = (_form_of(message) for message in messages if _PLACE.search(message))
    return tuple(form for form in forms if form.n_letters >= _FEWEST_LETTERS and all(form.words[1:-1]))


def _form_of(message: str) -> _Form:
    words = tuple(part.replace("%%", "%") for part in _PLACE.split(message)[::2])
    return _Form(message, words, tuple(_PLACE.findall(message)), sum(map(_letters, words)))


def _letters(text: str) -> int:
    return sum(letter.isalpha() for letter in text)
