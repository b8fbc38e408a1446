"""Messages as the sources ask for them, and as a catalogue answers; read here, so that no gettext tools are needed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from django.utils.translation.template import templatize

from tests.conftest import ROOT

LOCALES: Final = ROOT / "locale"
APPS: Final = ("annotations", "models_llm", "judge_platform")

_LITERAL: Final = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL: Final = re.compile(rf"\b(_|n?p?gettext)\(u?({_LITERAL})(?:,\s*u?({_LITERAL}))?(?:,\s*u?({_LITERAL}))?")
_ASKS: Final = {"_": 0, "gettext": 0, "ngettext": 0, "pgettext": 1, "npgettext": 1}
"""Functions that ask for a message, and which of their arguments it is; the one before it is its context."""

_LEFT_AS_IT_IS: Final = re.compile(
    r"\{% block page_class %\}.*?\{% endblock %\}"
    r"|\{%\s*comment.*?endcomment\s*%\}|\{%\s*blocktrans(?:late)?.*?endblocktrans(?:late)?\s*%\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}"
    r"|<!--.*?-->|<!doctype[^>]*>|<(kbd|code|pre|svg|script)\b.*?</\1>|&\w+;",
    re.DOTALL | re.IGNORECASE,
)
_READ_ALOUD: Final = re.compile(r"\b(?:aria-label|title|placeholder|alt)=\"([^\"]*)\"")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


class Message(NamedTuple):
    context: str
    text: str


@dataclass(frozen=True)
class Entry:
    """One message of a catalogue; a message with a plural has a translation for each form."""

    message: Message
    translations: tuple[str, ...]
    is_fuzzy: bool

    @property
    def is_complete(self) -> bool:
        return not self.is_fuzzy and all(self.translations)


def sources() -> Iterator[Path]:
    yield from sorted((ROOT / "templates").rglob("*.html"))
    for app in APPS:
        yield from sorted((ROOT / app).rglob("*.py"))


def messages_of(file: Path) -> set[Message]:
    """What the file asks to have translated."""
    text = file.read_text(encoding="utf-8")
    return set(_asked_in_python(text) if file.suffix == ".py" else _asked_in_template(text))


def words_left(template: str) -> list[str]:
    """Words of a template that no translation reaches."""
    text = _LEFT_AS_IT_IS.sub(" ", template)
    aloud = " ".join(_READ_ALOUD.findall(text))
    return _WORD.findall(aloud + " " + re.sub(r"<[^>]*>", " ", text))


def entries_of(file: Path) -> list[Entry]:
    """All entries of a `.po` file but its head."""
    blocks = re.split(r"\n\s*\n", file.read_text(encoding="utf-8"))
    entries = (_entry(block) for block in blocks if not block.lstrip().startswith("#~"))
    return [entry for entry in entries if entry is not None and entry.message.text]


def _asked_in_template(text: str) -> Iterator[Message]:
    for function, *literals in _CALL.findall(templatize(text)):
        at = _ASKS[function]
        said = [ast.literal_eval(literal) for literal in literals if literal]
        yield Message(said[0] if at else "", said[at].replace("%%", "%") if function == "_" else said[at])


def _asked_in_python(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        at = _ASKS.get(name.removesuffix("_lazy"))
        if at is None:
            continue
        said = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if len(said) > at and all(isinstance(one, str) for one in said[: at + 1]):
            yield Message(str(said[0]) if at else "", str(said[at]))


def _entry(block: str) -> Entry | None:
    said: dict[str, str] = {}
    field = ""
    for line in block.splitlines():
        begins = re.match(r"(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s+", line)
        if begins:
            field = begins.group(1)
            said[field] = ""
            line = line[begins.end() :]
        if field and line.startswith('"'):
            said[field] += ast.literal_eval(line)
    if "msgid" not in said:
        return None
    return Entry(
        message=Message(said.get("msgctxt", ""), said["msgid"]),
        translations=tuple(text for name, text in said.items() if name.startswith("msgstr")),
        is_fuzzy=any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines()),
    )
