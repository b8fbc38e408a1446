"""Prompt templates: texts with places such as `$rubric` and `$item` in them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from string import Template
from typing import Final

from annotations.sentences import sentence as _
from models_llm.errors import JudgeError

_FOLDER: Final = Path(__file__).parent / "templates"
TEMPLATES: Final = tuple(sorted(path.name.removesuffix(".system.txt") for path in _FOLDER.glob("*.system.txt")))
"""Names of the templates that come with the platform."""

Places = Mapping[str, frozenset[str]]
"""The places of each text that a judge uses, by the text's name."""

OPTIONAL: Final = frozenset({"examples"})
"""Places that a text may leave out."""


@dataclass(frozen=True)
class PromptTemplate:
    """The texts of a judge's prompts; which of them it uses, and with which places, is the judge's to say.

    Nothing of an item is in the system text, so it is byte-identical over a run and a server's prefix cache
    pays for it once.

    Attributes:
        system: the first message: how to judge, the rubric, examples.
        user: the item.
        question: what is asked about one criterion, after the item.
        draw: the same with the reasons first.
        rationale: what is asked once a level is given.
    """

    name: str
    system: str
    user: str
    question: str = ""
    draw: str = ""
    rationale: str = ""

    def check(self, places: Places) -> None:
        """Raises: JudgeError, if a text has other places than those, leaves one out, or is not among them."""
        for part in _PARTS:
            text: str = getattr(self, part)
            if part in places:
                self._check_places(part, text, places[part])
            elif text:
                raise JudgeError(
                    _(
                        "prompt template “%(name)s” has a text “%(part)s”, which this judge does not ask: it "
                        "uses %(places)s",
                        name=self.name,
                        part=part,
                        places=", ".join(places),
                    )
                )

    def render(self, part: str, **values: str) -> str:
        """One of the texts with its places filled.

        Raises: JudgeError, if there is something to say at a place that the text leaves out.
        """
        template = Template(getattr(self, part))
        lost = sorted(place for place in set(values).difference(template.get_identifiers()) if values[place])
        if lost:
            raise JudgeError(
                _(
                    "prompt template “%(name)s” has no place $%(place)s in its text “%(part)s”",
                    name=self.name,
                    place=lost[0],
                    part=part,
                )
            )
        return template.substitute(values).strip()

    def digest(self, system: str) -> str:
        """SHA-256 of all of the prompts that does not change from item to item; `system` is rendered."""
        rest = [getattr(self, part) for part in _PARTS if part != "system"]
        return hashlib.sha256("\0".join([system, *filter(None, rest)]).encode("utf-8", "replace")).hexdigest()

    def _check_places(self, part: str, text: str, expected: frozenset[str]) -> None:
        template = Template(text)
        named = set(template.get_identifiers()) if template.is_valid() else set()
        if not text.strip() or not template.is_valid() or not expected - OPTIONAL <= named <= expected:
            places = ", ".join(f"${place}" for place in sorted(expected)) or "none"
            raise JudgeError(
                _(
                    "prompt template “%(name)s”, text “%(part)s”: expected exactly the places %(places)s (write "
                    "a dollar sign as $$)",
                    name=self.name,
                    part=part,
                    places=places,
                ),
                about=f"template.{part}",
            )


_PARTS: Final = tuple(spec.name for spec in fields(PromptTemplate) if spec.name != "name")


def load_template(name: str) -> PromptTemplate:
    """A template of the platform by name: the files `templates/<name>.<text>.txt`.

    Raises: JudgeError, if there is none.
    """
    if name not in TEMPLATES:
        raise JudgeError(
            _(
                "there is no prompt template “%(name)s”; there are %(known)s",
                name=name,
                known=", ".join(TEMPLATES),
            )
        )
    paths = {part: _FOLDER / f"{name}.{part}.txt" for part in _PARTS}
    return PromptTemplate(
        name, **{part: path.read_text(encoding="utf-8") for part, path in paths.items() if path.exists()}
    )
