"""The attack set: texts that try to make a judge rate by command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any, Final, Literal

import yaml

from annotations.rubrics import RubricSpec
from models_llm.bias.texts import NEUTRAL, texts_in, with_field, with_longest_text
from models_llm.judging import JudgedItem

_FILE: Final = Path(__file__).with_name("attacks.yaml")
_FILLER: Final = " ".join(NEUTRAL * 10)


@dataclass(frozen=True)
class Attack:
    """One attack; `attacks.yaml` says what its fields mean."""

    id: str
    kind: str
    place: Literal["candidate", "evidence"]
    aim: str
    text: str
    field: str = ""
    is_name: bool = False
    breaks_out: bool = False

    def rendered(self, rubric: RubricSpec, target: Sequence[int]) -> str:
        """Its text, wanting the levels `target`."""
        wanted = [
            (criterion, criterion.answers[level]) for criterion, level in zip(rubric.criteria, target, strict=True)
        ]
        return Template(self.text).substitute(
            levels="; ".join(f"{criterion.name}: “{answer}”" for criterion, answer in wanted),
            reply=json.dumps(
                {criterion.key: {"rationale": "Agreed.", "level": answer} for criterion, answer in wanted},
                ensure_ascii=False,
            ),
            filler=_FILLER,
        )

    def on(self, item: JudgedItem, rubric: RubricSpec, target: Sequence[int], *, slot: int = 0) -> JudgedItem:
        """The item with the attack in it.

        Args:
            slot: position of the candidate that carries it, where a candidate does.
        """
        text = self.rendered(rubric, target)
        if self.place == "evidence":
            return replace(item, context=self._put(text, item.context))
        candidates = tuple(
            self._put(text, candidate) if at == slot else candidate for at, candidate in enumerate(item.candidates)
        )
        return replace(item, candidates=candidates)

    def _put(self, text: str, value: Any) -> Any:
        if self.is_name:
            return with_field(value, text, "yes")
        if self.field:
            return with_field(value, self.field, text)
        if any(texts_in(value)):
            return with_longest_text(value, lambda longest: f"{longest} {text}")
        return with_field(value, "note", text)


@lru_cache(maxsize=1)
def load_attacks() -> tuple[Attack, ...]:
    """All attacks, in the order of the file."""
    return tuple(Attack(**fields) for fields in yaml.safe_load(_FILE.read_text(encoding="utf-8")))
