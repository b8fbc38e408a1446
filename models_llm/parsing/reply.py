"""Reading the grades out of a judge's reply."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from annotations.choices import Outcome
from annotations.rubrics import CriterionSpec, RubricSpec
from annotations.sentences import sentence as _
from annotations.stored_text import storable
from models_llm.parsing.refusal import looks_refused

LONGEST_REPLY: Final = 100_000
"""Characters of a reply that are read, from its end; no rubric needs more."""

_DECODER: Final = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)


@dataclass(frozen=True)
class ParsedReply:
    """Ratings of one reply.

    Attributes:
        outcome: RATED, UNPARSED or REFUSED.
        levels: a level position for every criterion, or None unless RATED.
        rationales: what the reply says for each criterion; empty text where it says nothing.
        reason: why there are no ratings; empty when RATED.
    """

    outcome: Outcome
    levels: tuple[int, ...] | None
    rationales: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class _Grade:
    stated: str
    rationale: str


def parse_reply(text: str, rubric: RubricSpec) -> ParsedReply:
    """Ratings from a reply; never raises and never gives a level that the reply does not state.

    JSON objects are found anywhere in the text, inside code fences and prose. Where a criterion is graded
    more than once, the last grade counts, also when it is none that the rubric offers. A level is named by
    its label or its key, in any case and spacing.
    """
    try:
        grades = _last_grades(_json_objects(text[-LONGEST_REPLY:]), rubric)
    except RecursionError:
        return _unread(Outcome.UNPARSED, rubric, "the reply is nested too deeply to be read")
    if not grades and looks_refused(text):
        return _unread(Outcome.REFUSED, rubric, "the model declined to judge")
    return _parse_grades(grades, rubric)


def parse_list_reply(text: str, rubric: RubricSpec, names: Sequence[str]) -> list[ParsedReply]:
    """Ratings of several candidates from one reply, in the order of their names; never raises.

    The reply has an object for each candidate, by its name. Where a candidate is judged more than once, the last
    time counts. As in `parse_reply`, what it does not state is not given.
    """
    try:
        entries = _last_entries(text[-LONGEST_REPLY:], names)
        grades = {name: _last_grades([_without(entry, names, rubric)], rubric) for name, entry in entries.items()}
    except RecursionError:
        return [_unread(Outcome.UNPARSED, rubric, "the reply is nested too deeply to be read")] * len(names)
    if not entries and looks_refused(text):
        return [_unread(Outcome.REFUSED, rubric, "the model declined to judge")] * len(names)
    return [
        _parse_grades(grades[name], rubric)
        if name in grades
        else _unread(Outcome.UNPARSED, rubric, _("candidate %(name)s is not judged", name=name))
        for name in names
    ]


def _parse_grades(grades: Mapping[str, _Grade], rubric: RubricSpec) -> ParsedReply:
    if not grades:
        return _unread(Outcome.UNPARSED, rubric, "no grade of any criterion in a JSON object")
    rationales = tuple(
        grades[criterion.key].rationale if criterion.key in grades else "" for criterion in rubric.criteria
    )
    levels: list[int] = []
    for criterion in rubric.criteria:
        if criterion.key not in grades:
            return ParsedReply(
                Outcome.UNPARSED,
                None,
                rationales,
                _("criterion “%(criterion)s” is not graded", criterion=criterion.key),
            )
        stated = grades[criterion.key].stated
        level = _level_position(criterion, stated)
        if level is None:
            offered = ", ".join(criterion.answers)
            reason = _(
                "criterion “%(criterion)s”: expected one of %(known)s; got “%(came)s”",
                criterion=criterion.key,
                known=offered,
                came=stated[:80],
            )
            return ParsedReply(Outcome.UNPARSED, None, rationales, reason)
        levels.append(level)
    return ParsedReply(Outcome.RATED, tuple(levels), rationales)


def _unread(outcome: Outcome, rubric: RubricSpec, reason: str) -> ParsedReply:
    return ParsedReply(outcome, None, ("",) * len(rubric.criteria), reason)


def _last_entries(text: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The last object that stands under each name, in outermost objects or right inside them."""
    known = {_normalised(name): name for name in names}
    entries: dict[str, dict[str, Any]] = {}
    for found in _json_objects(text):
        for holder in (found, *(part for part in found.values() if isinstance(part, dict))):
            named = {known[_normalised(name)]: part for name, part in holder.items() if _normalised(name) in known}
            entries |= {name: entry for name, entry in named.items() if isinstance(entry, dict)}
            if named:
                break  # what stands inside is not a list of candidates but what is said of one
    return entries


def _without(entry: dict[str, Any], names: Sequence[str], rubric: RubricSpec) -> dict[str, Any]:
    """What is said of one candidate, without what is said of others inside it."""
    others = {_normalised(name) for name in names} - _criterion_names(rubric).keys()
    return {name: part for name, part in entry.items() if _normalised(name) not in others}


def _last_grades(objects: Iterable[dict[str, Any]], rubric: RubricSpec) -> dict[str, _Grade]:
    names = _criterion_names(rubric)
    grades: dict[str, _Grade] = {}
    for found in objects:
        for name, value in _walk(found):
            key = names.get(_normalised(name))
            grade = _read_grade(value) if key is not None else None
            if key is not None and grade is not None:
                grades[key] = grade
    return grades


def _json_objects(text: str) -> Iterator[dict[str, Any]]:
    """Outermost JSON objects of a text, in order."""
    start = text.find("{")
    while start != -1:
        try:
            found, end = _DECODER.raw_decode(text, start)
        except ValueError:
            start = text.find("{", start + 1)
        else:
            yield found
            start = text.find("{", end)


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of an object and of all objects in it, in the order of the text."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield name, part
            yield from _walk(part)
    elif isinstance(value, list):
        for part in value:
            yield from _walk(part)


def _read_grade(value: Any) -> _Grade | None:
    """A grade stated as {"rationale", "level"} or as the bare level; None for anything else."""
    if isinstance(value, str):
        return _Grade(storable(value), "")
    if value is None or isinstance(value, bool):
        return _Grade(json.dumps(value), "")
    if isinstance(value, dict) and "level" in value:
        level, rationale = value["level"], value.get("rationale", "")
        return _Grade(
            stated=storable(level) if isinstance(level, str) else json.dumps(level),
            rationale=storable(rationale) if isinstance(rationale, str) else "",
        )
    return None


@lru_cache(maxsize=64)
def _criterion_names(rubric: RubricSpec) -> dict[str, str]:
    """Criterion key by everything that names the criterion; a key wins over another criterion's name."""
    names = {_normalised(criterion.name): criterion.key for criterion in rubric.criteria}
    return names | {_normalised(criterion.key): criterion.key for criterion in rubric.criteria}


@lru_cache(maxsize=256)
def _level_names(criterion: CriterionSpec) -> dict[str, int]:
    """Level position by everything that names it; what the rubric offers wins over another level's key."""
    positions = {_normalised(level.key): at for at, level in enumerate(criterion.levels)}
    return positions | {_normalised(answer): at for at, answer in enumerate(criterion.answers)}


def _level_position(criterion: CriterionSpec, stated: str) -> int | None:
    positions = _level_names(criterion)
    name = _normalised(stated)
    return positions.get(name, positions.get(re.sub(r"\.0+$", "", name)))


def _normalised(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())
