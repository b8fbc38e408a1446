"""Rows in the platform's own shape; no mapping file is needed.

    items       {"id", "context", "candidate" or "candidates", "group", "slices", "judgements": [...]}
    judgements  {"item", and a judgement}
    gold        {"item", "levels"}
    judgement   {"rater", "kind", "levels": {criterion: level}, "outcome", "scores", "distributions",
                 "rationale", "rationales", "seconds", "visible"}

`levels`, `scores`, `rationales` and `distributions` are objects by criterion key; a level is named by its key or
its value, a distribution is an object by level key. Only `id` and a candidate, or `item`, must be there.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Final

from annotations.choices import BatchKind, Outcome, RaterKind, Visible
from annotations.formats.limits import (
    RowFault,
    candidates_under,
    checked_id,
    checked_name,
    checked_text,
)
from annotations.formats.records import GoldRow, ItemRow, JudgementRecord, JudgementRow, RaterName, Record
from annotations.formats.rows import Refusal, Row, clip
from annotations.formats.values import MISSING_VALUE, UnknownValueError, ValueRules, as_text
from annotations.rubrics import RubricSpec
from annotations.sentences import said_by
from annotations.sentences import sentence as _

_ITEM_KEYS: Final = frozenset({"id", "context", "candidate", "candidates", "group", "slices", "judgements"})
_JUDGEMENT_KEYS: Final = frozenset(
    {
        "rater",
        "kind",
        "levels",
        "outcome",
        "scores",
        "distributions",
        "rationale",
        "rationales",
        "seconds",
        "visible",
    }
)
_ROW_KEYS: Final = _JUDGEMENT_KEYS | {"item"}
_GOLD_KEYS: Final = frozenset({"item", "levels"})
_TYPE_NAMES: Final[dict[type, str]] = {list: _("a list"), dict: _("an object"), str: _("a text")}
_MOST_REMEMBERED: Final = 10_000

_Levels = tuple[int | None, ...]


class NativeReader:
    """Turns rows in the platform's own shape into records; `unmapped` counts the levels given as null."""

    def __init__(self, kind: BatchKind, rubric: RubricSpec) -> None:
        self.kind = kind
        self.unmapped: Counter[str] = Counter()
        self._rubric = rubric
        self._rules = ValueRules()
        self._n_candidates = candidates_under(rubric)
        self._nothing: _Levels = (None,) * len(rubric.criteria)
        self._level_patterns: dict[tuple[Any, ...], tuple[_Levels, int]] = {}
        self._raters: dict[tuple[str, str], RaterName] = {}

    def read(self, row: Row) -> Record | Refusal:
        """The record of a row, or a refusal."""
        fields = row.fields
        try:
            if self.kind is BatchKind.ITEMS:
                return self._item(row.number, fields)
            if self.kind is BatchKind.JUDGEMENTS:
                _refuse_unknown(fields, _ROW_KEYS)
                return JudgementRow(row.number, _id(fields, "item"), self._judgement(fields))
            _refuse_unknown(fields, _GOLD_KEYS)
            levels = self._levels(fields.get("levels"))
            if levels == self._nothing:
                raise RowFault("levels_missing", _("expected levels by criterion in “levels”, got none"))
            return GoldRow(row.number, _id(fields, "item"), levels)
        except UnknownValueError as err:
            return Refusal(row.number, "value_unknown", said_by(err), clip(fields))
        except RowFault as err:
            return Refusal(row.number, err.code, said_by(err), clip(fields))

    def _item(self, number: int, fields: dict[str, Any]) -> ItemRow:
        _refuse_unknown(fields, _ITEM_KEYS)
        group = fields.get("group")
        judgements = fields.get("judgements")
        if judgements is None:
            records: tuple[JudgementRecord, ...] = ()
        else:
            records = tuple([self._inner_judgement(inner) for inner in _typed(judgements, list, "judgements")])
            if len(records) > 1 and len({record.rater for record in records}) != len(records):
                raise RowFault(
                    "duplicate_judgement", _("expected one judgement by each rater in “judgements”, got two")
                )
        return ItemRow(
            number,
            _id(fields, "id"),
            _object(fields, "context"),
            self._candidates(fields),
            _slices(fields.get("slices")),
            None if group is None else checked_name(_scalar(group, "group"), _("the group")),
            records,
        )

    def _candidates(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        if ("candidate" in fields) == ("candidates" in fields):
            raise RowFault("candidate_missing", _("expected either “candidate” or “candidates”"))
        raw = [fields["candidate"]] if "candidate" in fields else _typed(fields["candidates"], list, "candidates")
        if len(raw) != self._n_candidates:
            raise RowFault(
                "candidate_count",
                _(
                    "expected %(wanted)s under rubric “%(rubric)s”, got %(came)s",
                    wanted=self._n_candidates,
                    rubric=self._rubric.name,
                    came=len(raw),
                ),
            )
        candidates = [{"text": candidate} if type(candidate) is str else candidate for candidate in raw]
        for candidate in candidates:
            if not isinstance(candidate, dict) or not candidate or candidate.get("text") == "":
                raise RowFault(
                    "candidate_missing",
                    _("expected a candidate as a text or an object, got %(came)s", came=clip(candidate)),
                )
        return candidates

    def _inner_judgement(self, fields: object) -> JudgementRecord:
        if not isinstance(fields, dict):
            raise RowFault("wrong_type", _("expected objects in “judgements”, got %(came)s", came=clip(fields)))
        _refuse_unknown(fields, _JUDGEMENT_KEYS)
        return self._judgement(fields)

    def _judgement(self, fields: dict[str, Any]) -> JudgementRecord:
        levels = self._levels(fields.get("levels"))
        scores = self._by_criterion(fields.get("scores"), "scores", _number)
        rated = levels != self._nothing or scores is not None
        outcome = _choice(Outcome, fields.get("outcome"), Outcome.RATED, "outcome")
        if rated != (outcome is Outcome.RATED):
            raise RowFault(
                "outcome_mismatch",
                _(
                    "expected levels with the outcome “rated” and none with another, got %(came)s with “%(outcome)s”",
                    came=_("some") if rated else _("none"),
                    outcome=outcome,
                ),
            )
        rationale, seconds = fields.get("rationale"), fields.get("seconds")
        rationales = fields.get("rationales")
        return JudgementRecord(
            self._rater(fields),
            outcome,
            levels,
            scores,
            self._distributions(fields.get("distributions")),
            "" if rationale is None else checked_text(_typed(rationale, str, "rationale")),
            None if rationales is None else self._rationales(rationales),
            None if seconds is None else _seconds(seconds),
            _choice(Visible, fields.get("visible"), Visible.UNKNOWN, "visible"),
        )

    def _rater(self, fields: dict[str, Any]) -> RaterName:
        key = (fields.get("kind"), fields.get("rater"))
        try:
            known = self._raters.get(key)  # type: ignore[arg-type]  # anything may come; what is no text is refused
        except TypeError:
            known = None
        if known is None:
            name = checked_name(_scalar(fields.get("rater"), "rater"), _("the rater's name"))
            known = RaterName(_choice(RaterKind, fields.get("kind"), None, "kind"), name)
            if len(self._raters) < _MOST_REMEMBERED:
                self._raters[key] = known  # type: ignore[index]
        return known

    def _levels(self, raw: object) -> _Levels:
        """Level positions; whole patterns are remembered, since a rubric has few and a file has many rows."""
        if raw is None:
            return self._nothing
        by_key = _typed(raw, dict, "levels")
        pattern = tuple(by_key.items())
        try:
            known = self._level_patterns.get(pattern)
        except TypeError:
            known = None
        if known is None:
            known = self._work_out_levels(by_key)
            # 1, 1.0 and True are equal as keys but need not mean the same level: only texts are remembered.
            if len(self._level_patterns) < _MOST_REMEMBERED and all(type(v) is str for v in by_key.values()):
                self._level_patterns[pattern] = known
        levels, n_missing = known
        if n_missing:
            self.unmapped[MISSING_VALUE] += n_missing
        return levels

    def _work_out_levels(self, by_key: dict[str, Any]) -> tuple[_Levels, int]:
        levels = list(self._nothing)
        n_missing = 0
        for key, raw in by_key.items():
            position = self._position(key)
            reading = self._rules.read(raw, self._rubric.criteria[position])
            n_missing += bool(reading.unmapped)
            levels[position] = reading.level
        self._rubric.check_levels(levels)
        return tuple(levels), n_missing

    def _position(self, key: str) -> int:
        position = self._rubric.positions.get(key)
        if position is None:
            expected = ", ".join(self._rubric.positions)
            raise RowFault(
                "criterion_unknown",
                _("expected criteria out of %(known)s, got “%(key)s”", known=expected, key=key[:80]),
            )
        return position

    def _by_criterion(self, raw: object, what: str, check: Any) -> tuple[Any, ...] | None:
        if raw is None:
            return None
        found = list(self._nothing)
        for key, value in _typed(raw, dict, what).items():
            found[self._position(key)] = None if value is None else check(value)
        return None if all(value is None for value in found) else tuple(found)

    def _rationales(self, raw: object) -> tuple[str, ...]:
        found = [""] * len(self._nothing)
        for key, value in _typed(raw, dict, "rationales").items():
            found[self._position(key)] = checked_text(_typed(value, str, "rationales"))
        return tuple(found)

    def _distributions(self, raw: object) -> tuple[float, ...] | None:
        if raw is None:
            return None
        by_key = _typed(raw, dict, "distributions")
        flat: list[float] = []
        for criterion in self._rubric.criteria:
            shares = _typed(by_key.get(criterion.key), dict, f"distributions.{criterion.key}")
            if shares.keys() - criterion.positions.keys():
                raise RowFault(
                    "value_unknown",
                    _(
                        "expected levels %(wanted)s, got %(came)s",
                        wanted=", ".join(criterion.positions),
                        came=", ".join(shares),
                    ),
                )
            numbers = [_number(shares.get(level.key, 0.0)) for level in criterion.levels]
            if min(numbers) < 0 or not math.isclose(sum(numbers), 1.0, abs_tol=1e-3):
                raise RowFault(
                    "distribution_invalid",
                    _(
                        "expected probabilities that sum to 1 for “%(criterion)s”, got %(came)s",
                        criterion=criterion.key,
                        came=numbers,
                    ),
                )
            flat += numbers
        if len(by_key) != len(self._rubric.criteria):
            raise RowFault(
                "criterion_unknown",
                _("expected one distribution a criterion, got %(came)s", came=", ".join(by_key)),
            )
        return tuple(flat)


def _refuse_unknown(fields: dict[str, Any], allowed: frozenset[str]) -> None:
    if not fields.keys() <= allowed:
        unknown = ", ".join(sorted(fields.keys() - allowed))
        raise RowFault(
            "field_unknown",
            _(
                "expected only %(known)s, got also %(unknown)s",
                known=", ".join(sorted(allowed)),
                unknown=unknown[:200],
            ),
        )


def _typed(value: object, expected: type, name: str) -> Any:
    if not isinstance(value, expected):
        raise RowFault(
            "wrong_type",
            _(
                "expected %(wanted)s in “%(name)s”, got %(came)s",
                wanted=_TYPE_NAMES[expected],
                name=name,
                came=clip(value),
            ),
        )
    return value


def _scalar(value: object, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RowFault(
            "field_missing", _("expected a text or a number in “%(name)s”, got %(came)s", name=name, came=clip(value))
        )
    return as_text(value)


def _id(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return checked_id(value if type(value) is str else _scalar(value, name))


def _object(fields: dict[str, Any], name: str) -> dict[str, Any]:
    value = fields.get(name)
    if value is None:
        return {}
    found: dict[str, Any] = _typed(value, dict, name)
    return found


def _slices(raw: object) -> dict[str, str]:
    if raw is None:
        return {}
    return {
        name: value if type(value) is str else _scalar(value, f"slices.{name}")
        for name, value in _typed(raw, dict, "slices").items()
        if value is not None
    }


def _choice(vocabulary: Any, raw: object, default: Any, name: str) -> Any:
    if raw is None and default is not None:
        return default
    if not isinstance(raw, str) or raw not in vocabulary.__members__.values():
        raise RowFault(
            "value_unknown",
            _(
                "expected “%(name)s” to be one of %(known)s, got %(came)s",
                name=name,
                known=", ".join(vocabulary),
                came=clip(raw),
            ),
        )
    return vocabulary(raw)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RowFault("wrong_type", _("expected a number, got %(came)s", came=clip(value)))
    return float(value)


def _seconds(value: object) -> float:
    seconds = _number(value)
    if seconds < 0:
        raise RowFault("value_unknown", _("expected seconds of 0 or more, got %(came)s", came=seconds))
    return seconds
