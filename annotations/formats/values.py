"""From a value as a file has it to a level of the rubric."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from annotations.choices import Outcome
from annotations.rubrics import CriterionSpec
from annotations.sentences import sentence as _

_MOST_REMEMBERED: Final = 10_000

MISSING_VALUE: Final = _("missing value")
OFF_THE_SCALE: Final = _("score off the scale")
NOT_SELECTED: Final = _("row not selected")
NO_REASONS: Final = _("row without reasons")


class Reading(NamedTuple):
    """What a raw value means for one criterion.

    Attributes:
        level: position of the level; None if there is none.
        score: the number as it was given, where the rules take reals.
        is_exact: whether `level` says all that `score` says.
        outcome: other than RATED if the value says that nothing was rated.
        unmapped: why the value has no level; empty if it has one or its outcome says why.
    """

    level: int | None = None
    score: float | None = None
    is_exact: bool = True
    outcome: Outcome = Outcome.RATED
    unmapped: str = ""


class UnknownValueError(Exception):
    """A value that no rule and no level of the criterion covers. The message says what was expected."""


@dataclass(frozen=True)
class ValueRules:
    """How raw values become levels.

    A value is looked up, as text, in `missing`, `outcomes`, `levels` and the level keys of the criterion, in this
    order. What is in none of them may still be a number: equal to the value of a level or, with `nearest`, a real
    score. The nearest level to a score is the one at the least distance, of two equally near ones the higher; a
    score further outside than half the step at that end of the scale has no level, and is kept.

    Attributes:
        levels: level key by raw value.
        outcomes: outcome by raw value.
        missing: raw values that say “not rated”; null and the empty text always do.
        nearest: whether real scores are taken.
    """

    levels: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    nearest: bool = False
    _remembered: dict[tuple[str, Any, type], Reading] = field(default_factory=dict, repr=False, compare=False)

    def read(self, raw: object, criterion: CriterionSpec) -> Reading:
        """What a raw value means for a criterion.

        Raises: UnknownValueError.
        """
        if not isinstance(raw, str | int | float):
            if raw is None:
                return Reading(unmapped=MISSING_VALUE)
            raise UnknownValueError(
                _(
                    "expected a text or a number for “%(criterion)s”, got %(came)s",
                    criterion=criterion.key,
                    came=type(raw).__name__,
                )
            )
        # The type is part of the key: 1, 1.0 and True are equal but need not mean the same level.
        key = (criterion.key, raw, type(raw))
        known = self._remembered.get(key)
        if known is None:
            known = self._work_out(raw, criterion)
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = known
        return known

    def _work_out(self, raw: str | float, criterion: CriterionSpec) -> Reading:
        text = as_text(raw)
        if not text or text in self.missing:
            return Reading(unmapped=MISSING_VALUE)
        if text in self.outcomes:
            return Reading(outcome=self.outcomes[text])
        level_key = self.levels.get(text, text)
        position = criterion.positions.get(level_key)
        number = None if isinstance(raw, bool) else _as_number(text)
        if position is not None:
            value = criterion.levels[position].value
            score = number if self.nearest and number is not None and number == value else None
            return Reading(level=position, score=score)
        if number is not None and all(level.value is not None for level in criterion.levels):
            if number in criterion.values:
                return Reading(level=criterion.values.index(number), score=number if self.nearest else None)
            if self.nearest:
                return _nearest(number, criterion)
        expected = ", ".join([*criterion.positions, *self.levels, *self.outcomes, *sorted(self.missing)])
        raise UnknownValueError(
            _(
                "expected one of %(known)s for “%(criterion)s”, got “%(came)s”",
                known=expected,
                criterion=criterion.key,
                came=text[:80],
            )
        )


def as_text(raw: str | float) -> str:
    """A scalar as a mapping file would write it: 2.0 is “2”, a boolean “true” or “false”, text is trimmed."""
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw)


def _as_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _nearest(score: float, criterion: CriterionSpec) -> Reading:
    values = criterion.values
    ordered = sorted(values)
    lowest = ordered[0] - (ordered[1] - ordered[0]) / 2
    highest = ordered[-1] + (ordered[-1] - ordered[-2]) / 2
    if not lowest <= score <= highest:
        return Reading(score=score, is_exact=False, unmapped=OFF_THE_SCALE)
    nearest = min(values, key=lambda value: (abs(value - score), -value))
    return Reading(level=values.index(nearest), score=score, is_exact=False)
