"""What could end a fence or a turn, also where it is disguised.

A model reads through disguises that a plain search does not: letters of another script that look alike, full-width
forms (tokenizers that normalise make plain ones of them), invisible characters between letters, character references
and escapes. So a text is searched as it is read: folded to plain characters, one for one, without the invisible.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

OUR_TAGS: Final = ("evidence", "candidate", "rubric", "example")
"""Tags that the platform's templates and fences write."""

# Of chat templates and tokenizers: a server that finds one in a text may end the turn there.
_TURN_TAGS: Final = (
    "s", "bos", "eos", "pad", "unk", "sep", "cls", "mask", "sop", "eop", "eoa", "eoh", "image", "video", "audio",
    "start_of_turn", "end_of_turn", "start_of_image", "im_start", "im_end", "eot", "sys", "system", "user",
    "assistant", "human", "model", "think", "thinking", "tool_call", "tool_response", "function_calls",
    "function_results", "instruction", "instructions",
)  # fmt: skip
_TURN_BRACKETS: Final = (
    "inst", "system_prompt", "available_tools", "tool_calls", "tool_results", "tool_content", "model_settings",
    "think", "img", "system", "user", "assistant", "gmask", "mask", "cls", "sep", "pad", "unk", "bos", "eos",
)  # fmt: skip

_LOOK_ALIKES: Final = {
    "<": "＜﹤〈〈⟨❬❮❰⟪⦑⧼ᐸ˂", ">": "＞﹥〉〉⟩❭❯❱⟫⦒⧽ᐳ˃", "[": "［【⟦〚", "]": "］】⟧〛", "|": "｜│┃∣❘ǀ", "/": "／∕⁄⧸",
    "a": "аɑα", "b": "Ьв", "c": "сϲ", "d": "ԁ", "e": "еєε", "f": "ғ", "g": "ɡԍ", "h": "һн", "i": "іıιӏ", "j": "јϳ",
    "k": "кκ", "l": "ⅼ", "m": "мμ", "n": "пηո", "o": "оοօ", "p": "рρ", "q": "ԛ", "r": "гᴦ", "s": "ѕꜱ", "t": "тτ",
    "u": "υսц", "v": "ѵν", "w": "ԝѡω", "x": "хχ", "y": "уγү", "z": "ᴢ", "_": "＿",
    "&": "＆﹠", "#": "＃﹟", "%": "％﹪",
}  # fmt: skip
_BLOCKS_OF_FORMS: Final = (
    (0x02B0, 0x0300), (0x1D00, 0x1E00), (0x2070, 0x20A0), (0x2100, 0x2190), (0x2460, 0x2500), (0xFF00, 0xFF60),
    (0x1D400, 0x1D800), (0x1F100, 0x1F200),
)  # fmt: skip
"""Blocks with other forms of letters and digits: small, circled, full-width, mathematical."""

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)


def _foldings() -> Iterator[tuple[str, str]]:
    """Characters with the plain lower-case one that they are read as."""
    for first, end in _BLOCKS_OF_FORMS:
        for character in map(chr, range(first, end)):
            plain = unicodedata.normalize("NFKC", character).casefold()
            if len(plain) == 1 and plain.isascii() and plain.isalnum():
                yield character, plain
    for plain, alike in _LOOK_ALIKES.items():
        for character in alike:
            yield character, plain
            if len(character.upper()) == 1:
                yield character.upper(), plain
    for code in range(ord("A"), ord("Z") + 1):
        yield chr(code), chr(code).lower()


_FOLDED: Final = str.maketrans(dict(_foldings()))

# Nothing here takes more than one step back: whoever writes a text must not decide how long it is searched.
_BLANK: Final = r"(?:[\s/]|\\[nrtvf]?)*"
_OPENED: Final = r"<|&(?:amp;)*(?:lt|#0*60|#x0*3c)(?:;|\b)|\\(?:u00|x)3c|\\u\{0*3c\}|%3c"
_CLOSED: Final = r"[>=]|&(?:amp;)*(?:gt|#0*62|#x0*3e)|\\(?:u00|x)3e|\\u\{0*3e\}|%3e"
_DELIMITER: Final = re.compile(
    rf"(?P<angle>{_OPENED})(?={_BLANK}(?:"
    rf"(?:{'|'.join(OUR_TAGS)})(?![a-z0-9])"
    rf"|(?:{'|'.join(_TURN_TAGS)})\s*(?:{_CLOSED})"
    rf"|(?:reserved_|extra_id_|unused)\d|\||<{_BLANK}sys))"
    r"|(?P<bracket>\[|&(?:amp;)*(?:lsqb|lbrack|#0*91|#x0*5b)(?:;|\b)|\\(?:u00|x)5b|%5b)"
    rf"(?={_BLANK}(?:{'|'.join(_TURN_BRACKETS)})\s*\])"
)

_OPENING: Final = re.compile("[" + re.escape("".join(f"{one}{_LOOK_ALIKES.get(one, '')}" for one in "<[&%\\")) + "]")
"""How every delimiter begins, folded or not: most texts have none of it."""


class Delimiter(NamedTuple):
    """Where the opening of a delimiter stands in a text, and what it opens with."""

    start: int
    end: int
    opens_with: Literal["angle", "bracket"]


def find_delimiters(text: str) -> Iterator[Delimiter]:
    """Openings of all delimiters in the text, in order."""
    if not _OPENING.search(text):
        return
    if _INVISIBLE.search(text):
        visible = [at for at, character in enumerate(text) if not _INVISIBLE.match(character)]
        yield from _found("".join(text[at] for at in visible).translate(_FOLDED), visible)
    else:
        yield from _found(text.translate(_FOLDED), range(len(text)))


def _found(folded: str, places: range | list[int]) -> Iterator[Delimiter]:
    """The delimiters of a folded text; `places` says where its characters stand in the text it was made of."""
    end = 0
    for opening in _OPENING.finditer(folded):
        found = _DELIMITER.match(folded, opening.start())
        if found and found.start() >= end:
            end = found.end()
            opens_with: Literal["angle", "bracket"] = "angle" if found.lastgroup == "angle" else "bracket"
            yield Delimiter(places[found.start()], places[end - 1] + 1, opens_with)
