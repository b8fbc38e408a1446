"""English that is left on a page in another language, outside what users wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final

from django.apps import apps
from django.db import models

from annotations.rubrics import available_rubrics, load_rubric
from models_llm.bias import load_attacks
from models_llm.bias.master_keys import MASTER_KEYS

_SKIPPED: Final = {"script", "style", "code", "pre", "kbd", "textarea", "noscript"}
_VOID: Final = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_ALOUD: Final = {"aria-label", "title", "placeholder", "alt"}
_SENTENCE: Final = re.compile(r"[A-Za-z][a-z’'-]*(?:[,:;]? (?:[a-z][a-z’'-]*|[A-Z]\b|\d+(?= [a-z]))){2,}")
"""Three words or more, in small letters after the first: names and titles of products have capitals."""
_OURS: Final = {
    "Batch.error", "Refusal.message", "Dispute.reason", "Escalation.reason", "Delivery.error", "Run.note",
    "Shard.error", "Verdict.error", "Audit.error", "Audit.report", "Calibration.error", "Calibration.report",
    "Dataset.error", "Fit.error", "Fit.note", "DraftTrial.error", "JudgeVersion.evaluation",
}  # fmt: skip
"""Fields that hold what the platform says, in English."""


def english_left(html: str, content: str) -> list[str]:
    """English of three words or more that a page shows or reads aloud, and that does not stand in `content`.

    Args:
        html: the page; what stands in another language by `lang`, in code or in a field of text is left out.
        content: what users wrote, as `content_of_users` gives it.
    """
    reader = _Reader()
    reader.feed(html)
    found = (match.group() for text in reader.texts for match in _SENTENCE.finditer(text))
    return [sentence for sentence in dict.fromkeys(found) if not _is_of(content, sentence)]


def content_of_users() -> str:
    """Texts that nobody translates, with single spaces and in small letters.

    All in the database but those of the platform itself; names of the rubrics to begin with; and what attacks and
    master keys write into an item.
    """
    written = (
        *(load_rubric(name).name for name in available_rubrics()),
        *MASTER_KEYS,
        *(attack.text for attack in load_attacks()),
    )
    return "\n".join(dict.fromkeys(_plain(text) for text in (*_stored(), *written)))


def _is_of(content: str, sentence: str) -> bool:
    """Whether users wrote it, as a whole or as the parts of a list."""
    return _plain(sentence) in content or all(_plain(part) in content for part in sentence.split(", "))


def _stored() -> Iterator[str]:
    for model in (model for app in ("annotations", "models_llm") for model in apps.get_app_config(app).get_models()):
        fields = [
            field
            for field in model._meta.fields
            if isinstance(field, (models.CharField, models.TextField, models.JSONField))
        ]
        names = [field.name for field in fields if f"{model.__name__}.{field.name}" not in _OURS]
        for row in model._default_manager.values_list(*names) if names else ():
            yield from _texts(row)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts([*value.keys(), *value.values()])
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()


class _Reader(HTMLParser):
    """Collects what is shown and read aloud, a text for each run between elements of a block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        skips = tag in _SKIPPED or (tag != "html" and bool(named.get("lang")))
        if not self._skips:
            self.texts += [_spaced(value) for name, value in attrs if name in _ALOUD and value]
        if tag not in _VOID:
            self._open.append((tag, skips))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, _skips = self._open.pop()
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._skips and data.strip():
            self.texts.append(_spaced(data))

    @property
    def _skips(self) -> bool:
        return any(skips for _tag, skips in self._open)


def _spaced(text: str) -> str:
    return " ".join(text.split())
