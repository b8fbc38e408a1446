"""The fence around text under judgement."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Final

_DELIMITERS: Final = re.compile(
    # Our own tags, also with blanks, attributes or a slash in them.
    r"<(?=[\s/]*(?:evidence|candidate|rubric)\b)"
    # Turn marks of common chat templates: a server that finds them in a text may end the turn there.
    r"|<(?=\||<?/?SYS>|/?s>|(?:start|end)_of_turn>|[｜])"
    r"|\[(?=/?INST\])",
    re.IGNORECASE,
)
_HARMLESS: Final = {"<": "‹", "[": "⁅"}


def defuse(text: str) -> str:
    """The text with every delimiter in it, ours or a chat template's, made into plain characters."""
    return _DELIMITERS.sub(lambda found: _HARMLESS[found.group()], text)


def fence_item(*, context: Any, candidates: Sequence[Any]) -> str:
    """Evidence and candidates as JSON between tags, nothing of it able to close its tag."""
    blocks = [f"<evidence>\n{_as_json(context)}\n</evidence>"] if context else []
    if len(candidates) == 1:
        blocks.append(f"<candidate>\n{_as_json(candidates[0])}\n</candidate>")
    else:
        blocks += [
            f'<candidate name="{name}">\n{_as_json(candidate)}\n</candidate>'
            for name, candidate in zip(_names(len(candidates)), candidates, strict=True)
        ]
    return "\n".join(blocks)


def _names(n: int) -> list[str]:
    """A, B, C and on, as people are shown them too; numbers where letters run out."""
    return list(ascii_uppercase[:n]) if n <= len(ascii_uppercase) else [str(number) for number in range(1, n + 1)]


def _as_json(value: Any) -> str:
    # Inside JSON strings a line break is written \n, so a text cannot start a line that looks like ours.
    return defuse(json.dumps(_encodable(value), ensure_ascii=False, indent=1))


def _encodable(value: Any) -> Any:
    """The value with lone surrogates replaced: they cannot be sent as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_encodable(str(key)): _encodable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(part) for part in value]
    return value
