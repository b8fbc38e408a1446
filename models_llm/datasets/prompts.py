"""The prompt that a generator is trained on, and the completion, from an item's context and candidate.

The instructions are one file per kind of project. What others wrote stands alone in the user's message, so no text
of an item can pass for an instruction of ours.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final, TypedDict

import orjson

from annotations.choices import ProjectKind
from models_llm.prompting import defuse

_FOLDER: Final = Path(__file__).parent / "prompts"


class Message(TypedDict):
    role: str
    content: str


@cache
def instructions(kind: ProjectKind) -> str:
    """What a generator of this kind of candidate is told."""
    return (_FOLDER / f"{kind}.txt").read_text(encoding="utf-8").strip()


def prompt_digest(kind: ProjectKind) -> str:
    """SHA-256 of the instructions."""
    return hashlib.sha256(instructions(kind).encode()).hexdigest()


def render_prompt(kind: ProjectKind, context: Any) -> list[Message]:
    """The messages before the answer: our instructions, then the context."""
    return [{"role": "system", "content": instructions(kind)}, {"role": "user", "content": render_text(context)}]


def render_completion(candidate: Any) -> list[Message]:
    """The answer's message."""
    return [{"role": "assistant", "content": render_text(candidate)}]


def render_text(value: Any) -> str:
    """A context or candidate as one text.

    Returns: the text itself where the value is one, or has a field `text`, or has a single field; anything that is
        no text as JSON. Turn marks of chat templates in it are made harmless.
    """
    if isinstance(value, dict):
        text = value.get("text", next(iter(value.values())) if len(value) == 1 else None)
        value = value if text is None or isinstance(text, (dict, list)) else text
    return defuse(value if isinstance(value, str) else orjson.dumps(value).decode())
