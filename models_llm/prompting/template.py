"""Prompt templates: text with `$rubric`, `$shape` and `$item` in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from models_llm.errors import JudgeError

_FOLDER: Final = Path(__file__).parent / "templates"
TEMPLATES: Final = tuple(sorted(path.name.removesuffix(".system.txt") for path in _FOLDER.glob("*.system.txt")))
"""Names of the templates that come with the platform."""


@dataclass(frozen=True)
class PromptTemplate:
    """The system text names `$rubric` and `$shape`, the user text `$item`; neither may name more.

    Nothing of an item is in the system text, so it is byte-identical over a run and a server's prefix cache
    pays for it once.
    """

    name: str
    system: str
    user: str

    def __post_init__(self) -> None:
        _check_places(self.name, self.system, {"rubric", "shape"})
        _check_places(self.name, self.user, {"item"})

    def render_system(self, *, rubric: str, shape: str) -> str:
        return Template(self.system).substitute(rubric=rubric, shape=shape)

    def render_user(self, *, item: str) -> str:
        return Template(self.user).substitute(item=item)

    def digest(self, *, rubric: str, shape: str) -> str:
        """SHA-256 of all of the prompt that does not change from item to item."""
        fixed = f"{self.render_system(rubric=rubric, shape=shape)}\0{self.user}"
        return hashlib.sha256(fixed.encode()).hexdigest()


def load_template(name: str) -> PromptTemplate:
    """A template of the platform by name.

    Raises: JudgeError, if there is none.
    """
    if name not in TEMPLATES:
        raise JudgeError(f"there is no prompt template “{name}”; there are {', '.join(TEMPLATES)}")
    return PromptTemplate(
        name=name,
        system=(_FOLDER / f"{name}.system.txt").read_text(encoding="utf-8"),
        user=(_FOLDER / f"{name}.user.txt").read_text(encoding="utf-8"),
    )


def _check_places(name: str, text: str, expected: set[str]) -> None:
    template = Template(text)
    if not template.is_valid() or set(template.get_identifiers()) != expected:
        places = ", ".join(f"${place}" for place in sorted(expected))
        raise JudgeError(f"prompt template “{name}”: expected exactly the places {places} (write a dollar sign as $$)")
