"""Rows of somebody else's file, read through a mapping file."""

from __future__ import annotations

from collections import Counter
from typing import Any

from annotations.choices import Outcome, RaterKind
from annotations.formats.limits import RowFault, checked_id, checked_name, checked_text
from annotations.formats.mapping import (
    ItemMapping,
    JudgementMapping,
    LabelsForm,
    LongForm,
    RowMapping,
    WholeForm,
    WideForm,
)
from annotations.formats.records import (
    GoldRow,
    ItemRow,
    JudgementRecord,
    JudgementRow,
    RaterName,
    RatingRow,
    RationaleRow,
    Record,
    Skipped,
)
from annotations.formats.rows import Refusal, Row, clip
from annotations.formats.sources import FieldMissingError, Source
from annotations.formats.values import (
    MISSING_VALUE,
    NO_REASONS,
    NOT_SELECTED,
    Reading,
    UnknownValueError,
    ValueRules,
    as_text,
)
from annotations.rubrics import RubricSpec
from annotations.sentences import said_by
from annotations.sentences import sentence as _


class MappedReader:
    """Turns rows into records by a mapping; `unmapped` counts what maps to nothing, by reason."""

    def __init__(self, mapping: RowMapping, rubric: RubricSpec) -> None:
        self.kind = mapping.kind
        self.unmapped: Counter[str] = Counter()
        self._mapping = mapping
        self._rubric = rubric
        self._used = _used_fields(mapping)

    def read(self, row: Row) -> Record | Refusal | Skipped:
        """The record of a row; a refusal if the row lacks something or has a value nobody expected."""
        mapping = self._mapping
        if any(_where_text(row.fields.get(name)) not in allowed for name, allowed in mapping.where.items()):
            self.unmapped[NOT_SELECTED] += 1
            return Skipped(row.number)
        try:
            external_id = checked_id(mapping.id.text(row.fields))
            if mapping.item is not None:
                return self._item(row, external_id, mapping.item)
            if mapping.gold is not None:
                return self._gold(row, external_id, mapping.gold)
            if mapping.judgement is not None and mapping.judgement.long is not None:
                return self._rating(row, external_id, mapping.judgement, mapping.judgement.long)
            if mapping.judgement is not None and mapping.judgement.whole is None:
                return self._reasons(row, external_id, mapping.judgement)
            judgement = self._judgement(row.fields, mapping.judgement)
            return Skipped(row.number) if judgement is None else JudgementRow(row.number, external_id, judgement)
        except FieldMissingError as err:
            return Refusal(row.number, "field_missing", said_by(err), clip(row.fields))
        except UnknownValueError as err:
            return Refusal(row.number, "value_unknown", said_by(err), clip(row.fields))
        except RowFault as err:
            return Refusal(row.number, err.code, said_by(err), clip(row.fields))

    def _item(self, row: Row, external_id: str, mapping: ItemMapping) -> ItemRow:
        fields = row.fields
        if mapping.context is None:
            context = {name: value for name, value in fields.items() if name not in self._used and value is not None}
        else:
            context = _values(mapping.context, fields)
        candidates = [_values(candidate, fields) for candidate in mapping.candidates]
        if not all(candidates):
            names = ", ".join(sorted(name for sources in mapping.candidates for name in _fields_of(sources)))
            raise FieldMissingError(_("expected a candidate in the fields %(fields)s, got nothing", fields=names))
        judgement = self._judgement(fields, mapping.judgement)
        group = None if mapping.group is None else mapping.group.value(fields)
        return ItemRow(
            number=row.number,
            external_id=external_id,
            context=context,
            candidates=candidates,
            slices={name: _slice_text(value) for name, value in _values(mapping.slices, fields).items()},
            group=checked_name(_slice_text(group), _("the group")) if group is not None else None,
            judgements=() if judgement is None else (judgement,),
        )

    def _judgement(self, fields: dict[str, Any], mapping: JudgementMapping | None) -> JudgementRecord | None:
        """The judgement of a row that has all ratings; None if the file has none or nothing was rated."""
        if mapping is None or mapping.whole is None:
            return None
        if isinstance(mapping.whole, LabelsForm):
            return self._record(fields, mapping, Outcome.RATED, self._levels_of_labels(fields, mapping.whole), None)
        readings = self._wide(fields, mapping.whole, mapping.values)
        unrated = [reading.outcome for reading in readings if reading.outcome is not Outcome.RATED]
        rated = any(reading.level is not None or reading.score is not None for reading in readings)
        if not rated and not unrated:
            return None
        scores = None
        if any(not reading.is_exact for reading in readings):
            scores = tuple(reading.score for reading in readings)
        levels = tuple(reading.level for reading in readings)
        return self._record(fields, mapping, Outcome.RATED if rated else unrated[0], levels, scores)

    def _record(
        self,
        fields: dict[str, Any],
        mapping: JudgementMapping,
        outcome: Outcome,
        levels: tuple[int | None, ...],
        scores: tuple[float | None, ...] | None,
    ) -> JudgementRecord:
        return JudgementRecord(
            rater=_rater(fields, mapping),
            outcome=outcome,
            levels=levels,
            scores=scores,
            rationale=_rationale(fields, mapping),
            seconds=_seconds(fields, mapping),
            visible=mapping.visible,
        )

    def _rating(self, row: Row, external_id: str, mapping: JudgementMapping, form: LongForm) -> RatingRow | Skipped:
        key = form.criterion.text(row.fields)
        position = self._rubric.positions.get(key)
        if position is None:
            raise RowFault(
                "criterion_unknown",
                _("expected one of %(known)s, got “%(key)s”", known=", ".join(self._rubric.positions), key=key),
            )
        reading = self._reading(form.value, row.fields, position, mapping.values)
        if reading.unmapped == MISSING_VALUE:
            return Skipped(row.number)
        return RatingRow(
            number=row.number,
            external_id=external_id,
            rater=_rater(row.fields, mapping),
            criterion=position,
            level=reading.level,
            score=reading.score,
            is_exact=reading.is_exact,
            outcome=reading.outcome,
            rationale=_rationale(row.fields, mapping),
            visible=mapping.visible,
        )

    def _reasons(self, row: Row, external_id: str, mapping: JudgementMapping) -> RationaleRow | Skipped:
        rationale = _rationale(row.fields, mapping)
        if not rationale.strip():
            self.unmapped[NO_REASONS] += 1
            return Skipped(row.number)
        return RationaleRow(row.number, external_id, _rater(row.fields, mapping), rationale)

    def _gold(self, row: Row, external_id: str, form: WholeForm) -> GoldRow | Skipped:
        if isinstance(form, LabelsForm):
            levels = self._levels_of_labels(row.fields, form)
        else:
            readings = self._wide(row.fields, form, self._mapping.gold_values)
            levels = tuple(reading.level for reading in readings)
        if all(level is None for level in levels):
            return Skipped(row.number)
        return GoldRow(row.number, external_id, levels)

    def _wide(self, fields: dict[str, Any], form: WideForm, rules: ValueRules) -> list[Reading]:
        return [
            self._reading(form.values[position], fields, position, rules) if position in form.values else Reading()
            for position in range(len(self._rubric.criteria))
        ]

    def _reading(self, source: Source, fields: dict[str, Any], position: int, rules: ValueRules) -> Reading:
        reading = rules.read(source.value(fields), self._rubric.criteria[position])
        if reading.unmapped:
            self.unmapped[reading.unmapped] += 1
        return reading

    def _levels_of_labels(self, fields: dict[str, Any], form: LabelsForm) -> tuple[int | None, ...]:
        labels = fields.get(form.field)
        if not isinstance(labels, list):
            raise FieldMissingError(
                _("expected a list in the field “%(field)s”, got %(came)s", field=form.field, came=clip(labels))
            )
        levels = list(form.absent)
        for label in labels:
            position = self._rubric.positions.get(label) if isinstance(label, str) else None
            if position is None:
                raise RowFault(
                    "criterion_unknown", _("expected criteria of the rubric, got %(label)s", label=clip(label))
                )
            levels[position] = form.present[position]
        return tuple(levels)


def _used_fields(mapping: RowMapping) -> frozenset[str]:
    """Fields that stand elsewhere than in the rest of the context."""
    item = mapping.item
    if item is None:
        return frozenset()
    used = set(mapping.where) | item.id.fields()
    for sources in (*item.candidates, item.slices):
        used |= _fields_of(sources)
    if item.group is not None:
        used |= item.group.fields()
    if item.judgement is not None:
        used |= _judgement_fields(item.judgement)
    return frozenset(used)


def _judgement_fields(mapping: JudgementMapping) -> set[str]:
    used = mapping.rater.fields() | mapping.rater_kind.fields()
    for source in (mapping.rationale, mapping.seconds):
        used |= set() if source is None else source.fields()
    if isinstance(mapping.whole, LabelsForm):
        used.add(mapping.whole.field)
    elif mapping.whole is not None:
        used = used.union(*(source.fields() for source in mapping.whole.values.values()))
    return used


def _fields_of(sources: dict[str, Source]) -> set[str]:
    return set().union(*(source.fields() for source in sources.values()))


def _values(sources: dict[str, Source], fields: dict[str, Any]) -> dict[str, Any]:
    found = ((name, source.value(fields)) for name, source in sources.items())
    return {name: value for name, value in found if value is not None}


def _where_text(value: object) -> str:
    return as_text(value) if isinstance(value, str | int | float) else ""


def _slice_text(value: object) -> str:
    return as_text(value) if isinstance(value, str | int | float) else clip(value)


def _rater(fields: dict[str, Any], mapping: JudgementMapping) -> RaterName:
    raw = mapping.rater_kind.text(fields)
    if mapping.rater_kinds is None:
        kind = RaterKind(raw)
    elif raw in mapping.rater_kinds:
        kind = mapping.rater_kinds[raw]
    else:
        raise UnknownValueError(
            _(
                "expected a rater kind of %(known)s, got “%(came)s”",
                known=", ".join(mapping.rater_kinds),
                came=raw[:80],
            )
        )
    return RaterName(kind, checked_name(mapping.rater.text(fields), _("the rater's name")))


def _rationale(fields: dict[str, Any], mapping: JudgementMapping) -> str:
    value = None if mapping.rationale is None else mapping.rationale.value(fields)
    return checked_text(value) if isinstance(value, str) else ""


def _seconds(fields: dict[str, Any], mapping: JudgementMapping) -> float | None:
    value = None if mapping.seconds is None else mapping.seconds.value(fields)
    if value is None or value == "":
        return None
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise UnknownValueError(_("expected seconds of 0 or more, got “%(value)s”", value=clip(value)))
    return seconds
