"""The answer of an annotator, as it comes from the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.choices import Scale
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec

LONGEST_NOTE: Final = 5_000
LONGEST_SITTING_S: Final = 24 * 3600.0

SKIP_REASONS: Final = {
    "unclear": _("I cannot tell from what is shown"),
    "broken": _("Something is missing or broken"),
    "guideline": _("The guidelines do not cover this"),
    "language": _("I do not know the language or the subject"),
    "personal": _("I would rather not judge this one"),
}


@dataclass(frozen=True)
class LevelChoice:
    """A level as a button. `key` is what is printed on it and pressed."""

    position: int
    level: LevelSpec
    key: str
    is_chosen: bool


@dataclass(frozen=True)
class CriterionField:
    """A criterion with its levels as buttons."""

    position: int
    criterion: CriterionSpec
    choices: tuple[LevelChoice, ...]
    is_missing: bool

    @property
    def passing_position(self) -> int | None:
        """The level that “all pass” chooses: the first that passes."""
        return next((choice.position for choice in self.choices if choice.level.passes), None)


@dataclass(frozen=True)
class Answer:
    """What an annotator chose; None where a criterion is open.

    `seconds` is the time that the page was in view and the annotator not idle, as the page measured it; None where it
    could not. `highlights` are the words that decided.
    """

    levels: tuple[int | None, ...]
    rationale: str = ""
    seconds: float | None = None
    highlights: list[dict[str, Any]] | None = None

    @classmethod
    def read(cls, spec: RubricSpec, data: Mapping[str, str], *, is_swapped: bool = False) -> Answer:
        """Anything that is no level of the rubric counts as open.

        Args:
            is_swapped: the second candidate of a pair was shown first; the answer is in the item's own order.
        """
        shown = tuple(_level(criterion, data.get(f"level-{n}", "")) for n, criterion in enumerate(spec.criteria))
        return cls(
            levels=spec.with_sides_exchanged(shown) if is_swapped else shown,
            rationale=note_of(data),
            seconds=seconds_of(data),
            highlights=_highlights(data.get("highlights", "")),
        )


def criterion_fields(
    spec: RubricSpec, levels: Sequence[int | None] = (), missing: Sequence[int] = ()
) -> Iterator[CriterionField]:
    """The rubric as buttons, with what was chosen before."""
    for position, criterion in enumerate(spec.criteria):
        chosen = levels[position] if levels else None
        yield CriterionField(
            position=position,
            criterion=criterion,
            choices=tuple(
                LevelChoice(position=n, level=level, key=_key(criterion, n), is_chosen=n == chosen)
                for n, level in enumerate(criterion.levels)
            ),
            is_missing=position in missing,
        )


def _key(criterion: CriterionSpec, position: int) -> str:
    """Numbers from 1, then 0; a preference has the first letters of its levels where these tell them apart."""
    if criterion.scale == Scale.PREFERENCE:
        letters = [level.key[:1].upper() for level in criterion.levels]
        if len(set(letters)) == len(letters):
            return letters[position]
    return "1234567890"[position] if position < 10 else ""


def _level(criterion: CriterionSpec, text: str) -> int | None:
    level = int(text) if text.isdecimal() else -1
    return level if 0 <= level < len(criterion.levels) else None


def _highlights(text: str) -> list[dict[str, Any]] | None:
    """What the page chose, still to be checked against the item; None where it says nothing that can be read."""
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    if not isinstance(found, list):
        return None
    return [part for part in found if isinstance(part, dict)]


def note_of(data: Mapping[str, str]) -> str:
    return data.get("rationale", "").strip()[:LONGEST_NOTE]


def seconds_of(data: Mapping[str, str]) -> float | None:
    """The time that the page measured; None where it says nothing that can be."""
    try:
        seconds = float(data.get("seconds", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds <= LONGEST_SITTING_S else None


class SkipForm(forms.Form):
    reason = forms.ChoiceField(choices=tuple(SKIP_REASONS.items()))
    note = forms.CharField(required=False, max_length=LONGEST_NOTE)
