"""Words of a candidate that stand in the evidence too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from annotations.evidence.places import texts_in

_WORD: Final = re.compile(r"[^\W_]+")
# Scripts without spaces between words: Chinese characters and kana.
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_SHORTEST: Final = 3
_EMPTY_WORDS: Final = """
about after all also and any are been before being both but can did does each few for from had has have her
him his how into its just like more most not now off one only other our out over own she some such than that
the their them then there these they this those too under until use user very was were what when where which
while who whom why will with would you your
"""
_EMPTY: Final = frozenset(_EMPTY_WORDS.split())


def shared_words(candidates: Any, evidence: Any) -> frozenset[str]:
    """What stands in both: words without their plural “s” and in lower case, and pairs of Chinese characters.

    Args:
        candidates, evidence: JSON; the keys of its objects do not count.
    """
    return _words_in(candidates) & _words_in(evidence)


def shared_spans(text: str, shared: frozenset[str]) -> tuple[tuple[int, int], ...]:
    """Where the shared words stand in a text: start and end of each, in order; those of pairs may overlap."""
    if not shared:
        return ()
    return tuple((start, end) for start, end, word in _found(text) if word in shared)


def _words_in(value: Any) -> frozenset[str]:
    return frozenset(word for _, text in texts_in(value) for _, _, word in _found(text))


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and normal form of each word, and of each two neighbouring characters of an unspaced script."""
    may_be_unspaced = not text.isascii()
    for match in _WORD.finditer(text):
        run = match.group()
        if may_be_unspaced and _UNSPACED.search(run):
            for at in range(len(run) - 1):
                pair = run[at : at + 2]
                if len(_UNSPACED.findall(pair)) == 2:
                    yield match.start() + at, match.start() + at + 2, pair
            continue
        word = run.casefold()
        if len(word) >= _SHORTEST and word not in _EMPTY and not word.isdecimal():
            yield match.start(), match.end(), word.removesuffix("s") if len(word) > _SHORTEST else word
