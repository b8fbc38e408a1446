"""The fence around text under judgement."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from string import ascii_uppercase
from typing import Any, Final

from models_llm.prompting.delimiters import find_delimiters

_HARMLESS: Final = {"angle": "‹", "bracket": "⁅"}
"""What the opening of a delimiter is made into: to people it looks alike, and it opens nothing."""

_HIDDEN_LETTERS: Final = re.compile("[\U000e0000-\U000e007f]+")
"""The block of tag characters: an alphabet without shapes, which a model reads and nobody sees."""

_LINE_ENDS: Final = {end: f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
"""Line ends that JSON leaves as they are."""


def defuse(text: str) -> str:
    """The text with every delimiter in it, ours or a chat template's, made into plain characters.

    Disguised delimiters too. Letters that nobody sees are replaced by one mark that stands for them.
    """
    if not text.isascii():
        text = _HIDDEN_LETTERS.sub("\ufffd", text)
    pieces, end = [], 0
    for found in find_delimiters(text):
        pieces += [text[end : found.start], _HARMLESS[found.opens_with]]
        end = found.end
    return "".join([*pieces, text[end:]])


def fence_item(*, context: Any, candidates: Sequence[Any], named: bool = False) -> str:
    """Evidence and candidates as JSON between tags, nothing of it able to close its tag.

    Several candidates have names; a single one has one only if `named`.
    """
    blocks = [f"<evidence>\n{as_json(context)}\n</evidence>"] if context else []
    if len(candidates) == 1 and not named:
        blocks.append(f"<candidate>\n{as_json(candidates[0])}\n</candidate>")
    else:
        blocks += [
            f'<candidate name="{name}">\n{as_json(candidate)}\n</candidate>'
            for name, candidate in zip(candidate_names(len(candidates)), candidates, strict=True)
        ]
    return "\n".join(blocks)


def candidate_names(n: int) -> list[str]:
    """A, B, C and on, as people are shown them too; numbers where letters run out."""
    return list(ascii_uppercase[:n]) if n <= len(ascii_uppercase) else [str(number) for number in range(1, n + 1)]


def as_json(value: Any) -> str:
    """A value of others as JSON that can end no fence and start no line of its own.

    As `json.dumps` writes it with an indent of 1, in a third of the time: every prompt of every item comes by here.
    """
    # Inside JSON strings a line break is written \n, so a text cannot start a line that looks like ours.
    text = _written(value, "\n")
    for end, escaped in _LINE_ENDS.items():
        text = text.replace(end, escaped)
    return text


def _written(value: Any, line: str) -> str:
    """The value with its texts defused; `line` begins each of its lines after the first."""
    if isinstance(value, str):
        return _quoted(value)
    inner = line + " "
    if isinstance(value, Mapping) and value:
        parts = [f"{_quoted(str(key))}: {_written(part, inner)}" for key, part in value.items()]
        return f"{{{inner}{f',{inner}'.join(parts)}{line}}}"
    if isinstance(value, (list, tuple)) and value:
        return f"[{inner}{f',{inner}'.join([_written(part, inner) for part in value])}{line}]"
    return json.dumps(value)


def _quoted(text: str) -> str:
    """The text defused, and with lone surrogates replaced: they cannot be sent as UTF-8."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return encode_basestring(defuse(text))
