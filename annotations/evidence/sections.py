"""The sections of an item's context."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

_DATES: Final = ("date", "day", "month", "period", "time", "timestamp", "at", "when")
_ACTIONS: Final = ("action", "event", "type", "kind", "verb")
_THINGS: Final = ("items", "things", "item", "title", "query", "product", "name", "text")
_SAID: Final = ("text", "utterance", "content", "message")
_SPEAKERS: Final = ("role", "speaker", "author", "from", "name")
_ORDER: Final = (
    "instruction", "prompt", "question", "input", "attributes", "profile", "interests", "product", "behaviour",
    "behavior", "history", "dialogue", "name", "title", "category", "interest", "stage", "reason",
)  # fmt: skip
"""Keys that come first, in this order. The database keeps an object's keys in an order of its own."""
_LONG: Final = 90
"""Characters from which a text is a passage of its own and no word in a line."""
_FOLDED: Final = 1_200
"""Characters from which a passage is folded."""
_UNFOLDED: Final = 20
"""Entries of a timeline that are shown at once."""
_LOOKED_OVER: Final = 7
"""Entries that the eye takes in without searching."""


@dataclass(frozen=True)
class Facts:
    """Names with their values, in a line each."""

    shape: ClassVar = "facts"
    title: str
    rows: tuple[tuple[str, str], ...]

    @property
    def is_short(self) -> bool:
        """Whether they fit in one line together."""
        return sum(len(name) + len(value) for name, value in self.rows) <= _LONG


@dataclass(frozen=True)
class Chips:
    """Short words that stand beside each other."""

    shape: ClassVar = "chips"
    title: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """Running text; line breaks count."""

    shape: ClassVar = "passage"
    title: str
    text: str

    @property
    def is_long(self) -> bool:
        return len(self.text) > _FOLDED


@dataclass(frozen=True)
class Entry:
    """Things that somebody did something with. `day` is empty where the period says all."""

    day: str
    action: str
    things: tuple[str, ...]


@dataclass(frozen=True)
class Period:
    """A month, a year, or whatever the record calls a stretch of time; empty where it has no time."""

    label: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Timeline:
    """What somebody did, period after period, in the order of the record."""

    shape: ClassVar = "timeline"
    title: str
    periods: tuple[Period, ...]

    @property
    def n_entries(self) -> int:
        return sum(len(period.entries) for period in self.periods)

    @property
    def actions(self) -> list[str]:
        """The actions in it, each once, those of most entries first."""
        counts = Counter(entry.action for period in self.periods for entry in period.entries if entry.action)
        return [action for action, _ in counts.most_common()]

    @property
    def is_long(self) -> bool:
        """Whether looking for something in it is work."""
        return self.n_entries > _LOOKED_OVER

    @property
    def head(self) -> tuple[Period, ...]:
        """The periods that are shown at once."""
        return self._cut(0, _UNFOLDED)

    @property
    def rest(self) -> tuple[Period, ...]:
        """The periods that are folded."""
        return self._cut(_UNFOLDED, self.n_entries)

    def _cut(self, start: int, end: int) -> tuple[Period, ...]:
        """Entries `start` to `end` in their periods."""
        found, before = [], 0
        for period in self.periods:
            entries = period.entries[max(0, start - before) : max(0, end - before)]
            before += len(period.entries)
            if entries:
                found.append(Period(period.label, entries))
        return tuple(found)


@dataclass(frozen=True)
class Turn:
    speaker: str
    text: str


@dataclass(frozen=True)
class Turns:
    """A dialogue."""

    shape: ClassVar = "turns"
    title: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Pictures:
    """Images by number; the text has marks such as “[image 1]” in their places."""

    shape: ClassVar = "pictures"
    title: str
    uris: tuple[str, ...]


Section = Facts | Chips | Passage | Timeline | Turns | Pictures


def evidence_of(context: Mapping[str, Any], *, has_passages: bool = True) -> tuple[Section, ...]:
    """The context in sections: single values together first, then a section for each other key.

    Args:
        has_passages: a long text is a section of its own; otherwise it stands among the single values.
    """
    told = [(key, value) for key, value in _ordered(context) if not _is_empty(value)]
    facts = tuple((words_of(key), _line(value)) for key, value in told if _is_single(value, has_passages))
    rest = tuple(section_of(key, value) for key, value in told if not _is_single(value, has_passages))
    return (Facts("", facts), *rest) if facts else rest


def section_of(key: str, value: Any) -> Section:
    """One value in the shape that fits it."""
    title = words_of(key)
    if isinstance(value, str):
        return Passage(title, value)
    if isinstance(value, Mapping):
        if value and all(isinstance(things, list) for things in value.values()):
            return _sequences(title, value)
        return Facts(title, tuple((words_of(name), _line(part)) for name, part in _ordered(value)))
    if isinstance(value, list):
        return _list(title, value)
    return Facts(title, ((title, _line(value)),))


def words_of(key: str) -> str:
    """A key as words: `click_sequence` becomes “click sequence”."""
    return key.replace("_", " ").strip()


def _ordered(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    rank = {key: number for number, key in enumerate(_ORDER)}
    return sorted(value.items(), key=lambda pair: rank.get(pair[0], len(rank)))


def _list(title: str, values: list[Any]) -> Section:
    if values and all(isinstance(value, Mapping) for value in values):
        if all(_first(value, _SAID) is not None and _first(value, _SPEAKERS) is not None for value in values):
            return Turns(title, tuple(_turn(value) for value in values))
        if any(_first(value, _DATES) is not None or _first(value, _ACTIONS) is not None for value in values):
            return _timeline(title, values)
        return Facts(title, tuple((str(number), _line(value)) for number, value in enumerate(values, start=1)))
    lines = [_line(value) for value in values]
    if any(len(line) > _LONG for line in lines):
        return Facts(title, tuple((str(number), line) for number, line in enumerate(lines, start=1)))
    return Chips(title, tuple(lines))


def _turn(value: Mapping[str, Any]) -> Turn:
    return Turn(speaker=_line(_first(value, _SPEAKERS)), text=_line(_first(value, _SAID)))


def _sequences(title: str, value: Mapping[str, Any]) -> Timeline:
    """Things by what was done with them, without times: {"click": [...], "purchase": [...]}."""
    entries = tuple(
        Entry(day="", action=words_of(action), things=tuple(_line(thing) for thing in things))
        for action, things in value.items()
        if things
    )
    return Timeline(title, (Period("", entries),))


def _timeline(title: str, events: Sequence[Mapping[str, Any]]) -> Timeline:
    """Events gathered by month, or by the year or phrase where the record says no more."""
    periods: dict[str, list[Entry]] = {}
    for event in events:
        moment = _line(_first(event, _DATES) or "")
        is_day = len(moment) >= len("2026-11-30") and moment[:4].isdigit() and moment[4] == "-" == moment[7]
        things = _first(event, _THINGS)
        entry = Entry(
            day=moment[8:10] if is_day else "",
            action=_line(_first(event, _ACTIONS) or ""),
            things=tuple(map(_line, things)) if isinstance(things, list) else (_line(_without_time(event, things)),),
        )
        periods.setdefault(moment[:7] if is_day else moment, []).append(entry)
    return Timeline(title, tuple(Period(label, tuple(entries)) for label, entries in periods.items()))


def _without_time(event: Mapping[str, Any], things: Any) -> Any:
    if things is not None:
        return things
    return {key: value for key, value in event.items() if key not in _DATES and key not in _ACTIONS}


def _first(value: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _is_single(value: Any, has_passages: bool) -> bool:
    if isinstance(value, str):
        return not has_passages or (len(value) <= _LONG and "\n" not in value)
    return value is None or isinstance(value, int | float)


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _line(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_line, value))
    if isinstance(value, Mapping):
        return " · ".join(f"{words_of(str(key))}: {_line(part)}" for key, part in value.items())
    return json.dumps(value, ensure_ascii=False)
