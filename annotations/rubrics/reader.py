"""Rubrics from YAML, checked, with the line of every fault."""

from __future__ import annotations

import re
from typing import Final

from annotations.choices import RationaleNeed, Scale
from annotations.documents import Node, parse_document
from annotations.errors import RubricError
from annotations.rubrics.ranking import FEWEST_RANKED, MOST_RANKED
from annotations.rubrics.spec import CriterionSpec, LevelSpec, RubricSpec
from annotations.sentences import sentence as _

_LONGEST_NAME: Final = 120
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def read_rubric(text: str, *, source: str) -> RubricSpec:
    """The rubric that a YAML text describes.

    Args:
        text: `name` and `criteria`; a criterion has `key`, `name`, `scale`, `levels`, and may have
            `definition`, `passing_example`, `failing_example`, `rationale` (“optional”, which it is without,
            “required_when_failing” or “required”), `ranking` (“yes”: the levels are places in the item's group, and the
            criterion is the rubric's only one); a level has `key`, `label`, and may have `value`, `passes`,
            `description`. Within a criterion, `value` and `passes` stand on every level
            or on none.
        source: name of the file, for messages.
    Raises: RubricError, naming file and line.
    """
    root = parse_document(text, source=source, error=RubricError)
    fields = root.fields(required=("name", "criteria"), allowed=())
    nodes = fields["criteria"].elements()
    criteria = tuple(_read_criterion(node) for node in nodes)
    _refuse_repeats(nodes, _("criterion"))
    if len(criteria) > 1 and any(criterion.is_ranking for criterion in criteria):
        raise fields["criteria"].fault(_("a ranking is the only criterion of its rubric"))
    return RubricSpec(name=_read_name(fields["name"]), criteria=criteria)


def _read_criterion(node: Node) -> CriterionSpec:
    fields = node.fields(
        required=("key", "name", "scale", "levels"),
        allowed=("definition", "passing_example", "failing_example", "rationale", "ranking"),
    )
    nodes = fields["levels"].elements()
    levels = tuple(_read_level(level) for level in nodes)
    _refuse_repeats(nodes, _("level"))
    scale = Scale(fields["scale"].choice(list(Scale)))
    is_ranking = "ranking" in fields and fields["ranking"].boolean()
    if is_ranking:
        _check_ranking(fields, scale, levels)
    else:
        _check_scale(fields["levels"], scale, levels)
    return CriterionSpec(
        key=_read_key(fields["key"]),
        name=_read_name(fields["name"]),
        scale=scale,
        levels=levels,
        definition=_optional_text(fields, "definition"),
        passing_example=_optional_text(fields, "passing_example"),
        failing_example=_optional_text(fields, "failing_example"),
        rationale=_read_rationale(fields),
        is_ranking=is_ranking,
    )


def _read_level(node: Node) -> LevelSpec:
    fields = node.fields(required=("key", "label"), allowed=("value", "passes", "description"))
    return LevelSpec(
        key=_read_key(fields["key"]),
        label=_read_name(fields["label"]),
        value=fields["value"].number() if "value" in fields else None,
        passes=fields["passes"].boolean() if "passes" in fields else None,
        description=_optional_text(fields, "description"),
    )


def _read_rationale(fields: dict[str, Node]) -> RationaleNeed:
    if "rationale" not in fields:
        return RationaleNeed.OPTIONAL
    return RationaleNeed(fields["rationale"].choice(list(RationaleNeed)))


def _read_key(node: Node) -> str:
    key = node.text()
    if not _KEY.fullmatch(key):
        raise node.fault(_("expected a key of at most 60 letters, digits, “_” and “-”, got “%(key)s”", key=key))
    return key


def _read_name(node: Node) -> str:
    name = node.text()
    if len(name) > _LONGEST_NAME:
        raise node.fault(
            _(
                "expected a name of at most %(most)s characters, got %(n)s",
                most=_LONGEST_NAME,
                n=len(name),
            )
        )
    return name


def _optional_text(fields: dict[str, Node], key: str) -> str:
    return fields[key].text() if key in fields else ""


def _refuse_repeats(nodes: list[Node], what: str) -> None:
    first_line: dict[str, int] = {}
    for node in nodes:
        key_node = node.fields()["key"]
        key = key_node.text()
        if key in first_line:
            raise key_node.fault(
                _(
                    "%(what)s “%(key)s” stands here a second time; first on line %(line)s",
                    what=what,
                    key=key,
                    line=first_line[key],
                )
            )
        first_line[key] = key_node.line


def _check_scale(node: Node, scale: Scale, levels: tuple[LevelSpec, ...]) -> None:
    """What a scale asks of its levels together."""
    if scale is Scale.BINARY and len(levels) != 2:
        raise node.fault(_("a binary criterion has two levels, got %(n_levels)s", n_levels=len(levels)))
    if len(levels) < 2:
        raise node.fault(_("a criterion has at least two levels, got one"))
    values = [level.value for level in levels if level.value is not None]
    if values and len(values) != len(levels):
        raise node.fault(
            _(
                "expected a value on each of the %(n_levels)s levels or on none, got %(n)s",
                n_levels=len(levels),
                n=len(values),
            )
        )
    if scale is Scale.ORDINAL and values and values not in (sorted(set(values)), sorted(set(values), reverse=True)):
        raise node.fault(
            _("the values of an ordinal criterion rise or fall from level to level, got %(values)s", values=values)
        )
    passes = [level.passes for level in levels if level.passes is not None]
    if passes and scale is Scale.PREFERENCE:
        raise node.fault(_("no level of a preference passes or fails"))
    if passes and len(passes) != len(levels):
        raise node.fault(
            _(
                "expected “passes” on each of the %(n_levels)s levels or on none, got %(n)s",
                n_levels=len(levels),
                n=len(passes),
            )
        )
    if passes and len(set(passes)) == 1:
        raise node.fault(
            _(
                "expected a level that passes and one that fails, got only %(came)s",
                came=_("passes") if passes[0] else _("fails"),
            )
        )


def _check_ranking(fields: dict[str, Node], scale: Scale, levels: tuple[LevelSpec, ...]) -> None:
    """Places from the best on, and perhaps one level below the line."""
    if scale is not Scale.ORDINAL:
        raise fields["scale"].fault(_("places are on an ordinal scale, got “%(scale)s”", scale=scale))
    passes = [level.passes for level in levels]
    places = levels[:-1] if passes[-1] is False else levels
    if not FEWEST_RANKED <= len(places) <= MOST_RANKED:
        raise fields["levels"].fault(
            _(
                "expected %(fewest)s to %(most)s places to rank candidates by, got %(n)s",
                fewest=FEWEST_RANKED,
                most=MOST_RANKED,
                n=len(places),
            )
        )
    values = [level.value for level in levels if level.value is not None]
    if len(values) != len(levels) or values != sorted(set(values), reverse=True):
        raise fields["levels"].fault(_("expected a value on each level of a ranking, falling from the best place on"))
    if passes not in ([None] * len(levels), [True] * len(places) + [False]):
        raise fields["levels"].fault(
            _("of a ranking the last level fails and all others pass, or “passes” is left out")
        )
