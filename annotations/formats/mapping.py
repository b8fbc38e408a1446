"""Mapping files: how the rows of somebody else's file become items, judgements and gold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from annotations.choices import BatchKind, Outcome, RaterKind, Visible
from annotations.documents import Node, parse_document
from annotations.errors import MappingError
from annotations.formats.limits import RowFault, candidates_under, checked_name
from annotations.formats.sources import Source, read_source
from annotations.formats.values import ValueRules
from annotations.rubrics import RubricSpec
from annotations.sentences import said_by
from annotations.sentences import sentence as _

_RATINGS_KEYS: Final = ("criterion", "value", "wide", "labels", "values")
_JUDGEMENT_KEYS: Final = ("rater", "rater_kind", "judges", "rationale", "seconds", "visible", *_RATINGS_KEYS)
_ALL_OTHERS: Final = "*"


class JudgeModel(NamedTuple):
    """Which language model a judge of a file was; empty where nobody says."""

    model: str = ""
    revision: str = ""


@dataclass(frozen=True)
class LongForm:
    """One rating a row: a criterion and a value."""

    criterion: Source
    value: Source


@dataclass(frozen=True)
class WideForm:
    """All ratings in a row: one source per criterion position."""

    values: dict[int, Source]


@dataclass(frozen=True)
class LabelsForm:
    """A field with a list of criteria: those in it get the level `present`, all others `absent` (positions)."""

    field: str
    present: tuple[int, ...]
    absent: tuple[int, ...]


WholeForm = WideForm | LabelsForm


@dataclass(frozen=True)
class JudgementMapping:
    """Where rater and ratings stand: one rating a row (`long`) or all of them (`whole`).

    With neither, the rows have reasons alone, for judgements that are there already.
    `rater_kinds` maps the raw kind; without it `rater_kind` says it itself. `judges` is by the judge's name.
    """

    rater: Source
    rater_kind: Source
    rater_kinds: dict[str, RaterKind] | None
    long: LongForm | None
    whole: WholeForm | None
    values: ValueRules
    rationale: Source | None
    seconds: Source | None
    visible: Visible
    judges: dict[str, JudgeModel]


@dataclass(frozen=True)
class ItemMapping:
    """Where the parts of an item stand; `context` None means all fields that nothing else uses."""

    id: Source
    context: dict[str, Source] | None
    candidates: tuple[dict[str, Source], ...]
    group: Source | None
    slices: dict[str, Source]
    judgement: JudgementMapping | None


@dataclass(frozen=True)
class RowMapping:
    """A whole mapping file.

    Attributes:
        where: the rows that are meant: each of these fields has one of these values, as text.
        id: what names the item.
        item: for kind ITEMS.
        judgement: for kind JUDGEMENTS.
        gold, gold_values: for kind GOLD.
    """

    kind: BatchKind
    id: Source
    where: dict[str, frozenset[str]] = field(default_factory=dict)
    item: ItemMapping | None = None
    judgement: JudgementMapping | None = None
    gold: WholeForm | None = None
    gold_values: ValueRules = field(default_factory=ValueRules)

    def model_of(self, judge: str) -> JudgeModel:
        """Which model the judge of that name was."""
        judgement = self.item.judgement if self.item else self.judgement
        judges = judgement.judges if judgement else {}
        return judges.get(judge) or judges.get(_ALL_OTHERS) or JudgeModel()


def mapping_kind(text: str, *, source: str) -> BatchKind:
    """What a mapping file reads, without a look at the rest of it.

    Raises: MappingError, naming file and line.
    """
    return _kind_of(parse_document(text, source=source, error=MappingError))


def read_mapping(text: str, *, source: str, rubric: RubricSpec) -> RowMapping:
    """The mapping that a YAML text describes, checked against the rubric it is for.

    Args:
        text: the file; its keys are described in `README.md` beside this module.
        source: name of the file, for messages.
    Raises: MappingError, naming file and line.
    """
    root = parse_document(text, source=source, error=MappingError)
    kind = _kind_of(root)
    if kind is BatchKind.ITEMS:
        return _read_items(root, rubric)
    if kind is BatchKind.JUDGEMENTS:
        fields = root.fields(required=("kind", "item", "rater", "rater_kind"), allowed=("where", *_JUDGEMENT_KEYS))
        return RowMapping(
            kind=kind,
            id=read_source(fields["item"]),
            where=_read_where(fields),
            judgement=_read_judgement(root, fields, rubric),
        )
    fields = root.fields(required=("kind", "item"), allowed=("where", *_RATINGS_KEYS))
    values = _read_values(fields, rubric)
    form = _read_form(root, fields, rubric)
    if isinstance(form, LongForm):
        raise fields["criterion"].fault(_("gold is read from rows in “wide” or “labels” form, not one criterion a row"))
    return RowMapping(
        kind=kind, id=read_source(fields["item"]), where=_read_where(fields), gold=form, gold_values=values
    )


def _kind_of(root: Node) -> BatchKind:
    return BatchKind(root.fields(required=("kind",))["kind"].choice(list(BatchKind)))


def _read_items(root: Node, rubric: RubricSpec) -> RowMapping:
    fields = root.fields(
        required=("kind", "id", "candidates"), allowed=("where", "context", "group", "slices", "judgement")
    )
    judgement = None
    if "judgement" in fields:
        inner = fields["judgement"].fields(required=("rater", "rater_kind"), allowed=_JUDGEMENT_KEYS)
        judgement = _read_judgement(fields["judgement"], inner, rubric)
        if judgement.long is not None:
            raise inner["criterion"].fault(_("beside an item, ratings are read in “wide” or “labels” form"))
        if judgement.whole is None:
            raise fields["judgement"].fault(_("expected ratings beside an item in “wide” or “labels” form"))
    context = fields.get("context")
    is_rest = context is not None and context.is_scalar and context.text() == "rest"
    candidates = tuple(_read_named(node) for node in fields["candidates"].elements())
    wanted = candidates_under(rubric)
    if len(candidates) != wanted:
        raise fields["candidates"].fault(
            _(
                "under rubric “%(rubric)s” an item has %(wanted)s, got %(came)s",
                rubric=rubric.name,
                wanted=wanted,
                came=len(candidates),
            )
        )
    item_id = read_source(fields["id"])
    item = ItemMapping(
        id=item_id,
        context=None if is_rest else (_read_named(context) if context else {}),
        candidates=candidates,
        group=read_source(fields["group"]) if "group" in fields else None,
        slices=_read_named(fields["slices"]) if "slices" in fields else {},
        judgement=judgement,
    )
    return RowMapping(kind=BatchKind.ITEMS, id=item_id, where=_read_where(fields), item=item)


def _read_named(node: Node) -> dict[str, Source]:
    """Sources by the name that the platform shows: a mapping, a list of fields that keep their names, or one field.

    A single field is a candidate that is nothing but a text.
    """
    if node.is_scalar:
        return {"text": read_source(node)}
    if node.is_list:
        return {element.text(): read_source(element) for element in node.elements()}
    return {name: read_source(value) for name, value in node.fields().items()}


def _read_where(fields: dict[str, Node]) -> dict[str, frozenset[str]]:
    if "where" not in fields:
        return {}
    return {
        name: frozenset([node.text()] if node.is_scalar else [element.text() for element in node.elements()])
        for name, node in fields["where"].fields().items()
    }


def _read_judgement(node: Node, fields: dict[str, Node], rubric: RubricSpec) -> JudgementMapping:
    kind, kinds = _read_rater_kind(fields["rater_kind"])
    has_ratings = any(key in fields for key in _RATINGS_KEYS)
    form = None if "rationale" in fields and not has_ratings else _read_form(node, fields, rubric)
    return JudgementMapping(
        rater=read_source(fields["rater"]),
        rater_kind=kind,
        rater_kinds=kinds,
        long=form if isinstance(form, LongForm) else None,
        whole=None if isinstance(form, LongForm) else form,
        values=_read_values(fields, rubric),
        rationale=read_source(fields["rationale"]) if "rationale" in fields else None,
        seconds=read_source(fields["seconds"]) if "seconds" in fields else None,
        visible=Visible(fields["visible"].choice(list(Visible))) if "visible" in fields else Visible.UNKNOWN,
        judges=_read_judges(fields["judges"]) if "judges" in fields else {},
    )


def _read_judges(node: Node) -> dict[str, JudgeModel]:
    judges = {}
    for name, judge in node.fields().items():
        said = judge.fields(required=("model",), allowed=("revision",))
        judges[name] = JudgeModel(**{key: _read_name(value) for key, value in said.items()})
    return judges


def _read_name(node: Node) -> str:
    try:
        return checked_name(node.text(), _("a name"))
    except RowFault as err:
        raise node.fault(said_by(err)) from err


def _read_rater_kind(node: Node) -> tuple[Source, dict[str, RaterKind] | None]:
    if node.is_scalar:
        return Source(constant=node.choice(list(RaterKind))), None
    fields = node.fields(required=("field", "values"), allowed=())
    kinds = {raw: RaterKind(kind.choice(list(RaterKind))) for raw, kind in fields["values"].fields().items()}
    return Source(field=fields["field"].text()), kinds


def _read_form(node: Node, fields: dict[str, Node], rubric: RubricSpec) -> LongForm | WholeForm:
    found = [key for key in ("criterion", "wide", "labels") if key in fields]
    if len(found) != 1 or ("value" in fields) != (found == ["criterion"]):
        raise node.fault(_("expected ratings in one form: “criterion” with “value”, “wide”, or “labels”"))
    if "criterion" in fields:
        criterion = read_source(fields["criterion"])
        if criterion.constant is not None:
            _check_choice(fields["criterion"], criterion.constant, rubric.positions)
        return LongForm(criterion=criterion, value=read_source(fields["value"]))
    if "wide" in fields:
        columns = fields["wide"].fields()
        for key, column in columns.items():
            _check_choice(column, key, rubric.positions)
        return WideForm({rubric.positions[key]: read_source(column) for key, column in columns.items()})
    labels = fields["labels"].fields(required=("field", "present", "absent"), allowed=())
    return LabelsForm(
        field=labels["field"].text(),
        present=_level_everywhere(labels["present"], rubric),
        absent=_level_everywhere(labels["absent"], rubric),
    )


def _level_everywhere(node: Node, rubric: RubricSpec) -> tuple[int, ...]:
    for criterion in rubric.criteria:
        _check_choice(node, node.text(), criterion.positions)
    return tuple(criterion.positions[node.text()] for criterion in rubric.criteria)


def _read_values(fields: dict[str, Node], rubric: RubricSpec) -> ValueRules:
    if "values" not in fields:
        return ValueRules()
    rules = fields["values"].fields(allowed=("levels", "outcomes", "missing", "nearest"))
    every_level = {key: None for criterion in rubric.criteria for key in criterion.positions}
    levels = rules["levels"].fields() if "levels" in rules else {}
    for node in levels.values():
        _check_choice(node, node.text(), every_level)
    outcomes = rules["outcomes"].fields() if "outcomes" in rules else {}
    unrated = [outcome for outcome in Outcome if outcome is not Outcome.RATED]
    missing = rules["missing"].elements() if "missing" in rules else []
    return ValueRules(
        levels={raw: node.text() for raw, node in levels.items()},
        outcomes={raw: Outcome(node.choice(unrated)) for raw, node in outcomes.items()},
        missing=frozenset(node.text() for node in missing),
        nearest=rules["nearest"].boolean() if "nearest" in rules else False,
    )


def _check_choice(node: Node, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise node.fault(_("the rubric has %(known)s; got “%(value)s”", known=", ".join(allowed), value=value))
