"""Where the two candidates of a pair differ, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Any, Final

from annotations.evidence.places import texts_in

Spans = tuple[tuple[int, int], ...]

_TOKEN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_]+|[^\w\s]|_")
_MOST_TOKENS: Final = 1_500
"""Of a text; longer ones are not compared, which would take as long as all else on the page."""


def differences(first: Any, second: Any) -> tuple[dict[str, Spans], dict[str, Spans]]:
    """Of two JSON values: by place in it, which characters of each text the other has not at that place.

    Places are empty for the value itself, else such as `reason` or `points.0`. A text that has no counterpart is not
    in the result, nor one that is too long to be compared.
    """
    of_first, of_second = dict(texts_in(first)), dict(texts_in(second))
    compared = {place: _compare(text, of_second[place]) for place, text in of_first.items() if place in of_second}
    return (
        {place: spans for place, (spans, _) in compared.items()},
        {place: spans for place, (_, spans) in compared.items()},
    )


def _compare(first: str, second: str) -> tuple[Spans, Spans]:
    tokens = [list(_TOKEN.finditer(text)) for text in (first, second)]
    if max(map(len, tokens)) > _MOST_TOKENS:
        return (), ()
    words = [[token.group().casefold() for token in found] for found in tokens]
    changes = [
        change
        for change in SequenceMatcher(a=words[0], b=words[1], autojunk=False).get_opcodes()
        if change[0] != "equal"
    ]
    return (
        tuple((tokens[0][a].start(), tokens[0][b - 1].end()) for _, a, b, _, _ in changes if b > a),
        tuple((tokens[1][a].start(), tokens[1][b - 1].end()) for _, _, _, a, b in changes if b > a),
    )
