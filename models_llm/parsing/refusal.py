"""Whether a reply declines to answer."""

from __future__ import annotations

import re
from typing import Final

_OPENING: Final = 300
_REFUSAL: Final = re.compile(
    r"\b(?:i['’]?m sorry|i am sorry|sorry,|i apologi[sz]e|unfortunately)\b.{0,80}\b(?:can['’]?t|cannot|unable)\b"
    r"|\bi (?:can['’]?t|cannot|won['’]?t|will not|am not able to|am unable to|must decline|refuse)\b"
    r"|\bi['’]m (?:not able|unable) to\b"
    r"|\bas an ai\b.{0,80}\b(?:can['’]?t|cannot|not able|unable)\b"
    r"|(?:抱歉|对不起|很遗憾).{0,20}(?:不能|无法)"
    r"|我(?:不能|无法)(?:协助|帮助|提供|回答|评价|满足)",
    re.IGNORECASE | re.DOTALL,
)


def looks_refused(text: str) -> bool:
    """Whether a reply without any grade opens by declining. Say it only of replies that hold no grade."""
    return _REFUSAL.search(text.strip()[:_OPENING]) is not None
