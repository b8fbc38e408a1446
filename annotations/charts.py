"""Geometry of server-drawn charts. Looks are classes in `static/css/charts.css`; nothing here knows a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from django.utils.translation import gettext

Hue = Literal["human", "judge", "neutral"]

WIDTH: Final = 600
LEFT: Final = 170
RIGHT: Final = 540
ROW: Final = 46
TOP: Final = 46
_LABEL_LENGTH: Final = 24
_NAME_LINES: Final = (14, 32)
_CHARACTER: Final = 6.2
"""About the width of a character of a note, for keeping it inside the plot."""


@dataclass(frozen=True)
class Interval:
    """A row of an interval chart, in the units of the statistic.

    Attributes:
        note: what stands under the mark, say n.
        undefined: why there is no mark, in words.
        floor, ceiling: reference values of this row; nan for none.
    """

    label: str
    value: float
    low: float
    high: float
    note: str
    hue: Hue
    url: str
    undefined: str | None = None
    floor: float = math.nan
    ceiling: float = math.nan


@dataclass(frozen=True)
class Tick:
    x: float
    text: str


@dataclass(frozen=True)
class Reference:
    """A piece of a reference line beside one row."""

    x: float
    top: float
    bottom: float
    kind: Literal["baseline", "ceiling"]


@dataclass(frozen=True)
class ReferenceLabel:
    x: float
    y: float
    anchor: Literal["start", "end"]
    text: str


@dataclass(frozen=True)
class Row:
    """A row with its places in the plot; without `x` there is no mark."""

    label: str
    full_label: str
    url: str
    hue: Hue
    y: float
    x: float | None
    x_low: float | None
    x_high: float | None
    value: str
    note: str
    note_anchor: Literal["start", "middle", "end"]
    undefined: str | None


@dataclass(frozen=True)
class IntervalChart:
    """Intervals under each other on one axis, with reference lines."""

    title: str
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    references: tuple[Reference, ...]
    reference_labels: tuple[ReferenceLabel, ...]
    height: int
    width: int = WIDTH
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP

    @property
    def bottom(self) -> int:
        return self.height - 26

    @property
    def value_x(self) -> int:
        return self.right + 14


def interval_chart(
    *, title: str, intervals: Sequence[Interval], floor_name: str = "", ceiling_name: str = ""
) -> IntervalChart:
    """Lay intervals out on a common axis that holds all of them and their references."""
    low, high, step = _axis(intervals)

    def at(value: float) -> float:
        return round(LEFT + (value - low) / (high - low) * (RIGHT - LEFT), 1)

    rows = tuple(_row(interval, TOP + ROW * index + ROW / 2, at) for index, interval in enumerate(intervals))
    lines = _lines(intervals, floor_name, ceiling_name)
    n_ticks = round((high - low) / step)
    ticks = tuple(Tick(at(low + step * i), f"{low + step * i:.2f}".rstrip("0").rstrip(".")) for i in range(n_ticks + 1))
    return IntervalChart(
        title=title,
        rows=rows,
        ticks=ticks,
        references=tuple(reference for line in lines for reference in _references(line, at)),
        reference_labels=tuple(_reference_label(line, at) for line in lines),
        height=TOP + ROW * len(rows) + 26,
    )


def _axis(intervals: Sequence[Interval]) -> tuple[float, float, float]:
    """Ends of the axis on round numbers, and the step between its ticks."""
    values = [v for i in intervals for v in (i.value, i.low, i.high, i.floor, i.ceiling) if not math.isnan(v)]
    low, high = min(values, default=0.0), max(values, default=1.0)
    step = next(step for step in (0.05, 0.1, 0.2, 0.5, 1.0, math.inf) if high - low <= 8 * step)
    if math.isinf(step):
        step = math.ceil(high - low) / 8
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return (low, high, step) if high > low else (low, low + step, step)


def _row(interval: Interval, y: float, at: Callable[[float], float]) -> Row:
    has_value = not math.isnan(interval.value)
    has_interval = has_value and not math.isnan(interval.low)
    label = interval.label
    return Row(
        label=label if len(label) <= _LABEL_LENGTH else label[: _LABEL_LENGTH - 1] + "…",
        full_label=label,
        url=interval.url,
        hue=interval.hue,
        y=y,
        x=at(interval.value) if has_value else None,
        x_low=at(interval.low) if has_interval else None,
        x_high=at(interval.high) if has_interval else None,
        value=f"{round(interval.value, 2) + 0.0:.2f}" if has_value else "",  # never -0.00
        note=interval.note,
        note_anchor=_note_anchor(interval.note, at(interval.value)) if has_value else "middle",
        undefined=interval.undefined,
    )


@dataclass(frozen=True)
class _Line:
    """A reference over all rows; nan beside rows that have none."""

    kind: Literal["baseline", "ceiling"]
    name: str
    values: tuple[float, ...]
    name_y: int = 0

    @property
    def known(self) -> list[float]:
        return [value for value in self.values if not math.isnan(value)]


def _lines(intervals: Sequence[Interval], floor_name: str, ceiling_name: str) -> list[_Line]:
    """The references there are, the rightmost named highest: then no line crosses the name of another."""
    lines = [
        _Line("baseline", floor_name, tuple(interval.floor for interval in intervals)),
        _Line("ceiling", ceiling_name, tuple(interval.ceiling for interval in intervals)),
    ]
    there = sorted((line for line in lines if line.known), key=lambda line: line.known[0], reverse=True)
    return [
        replace(line, name_y=y) for line, y in zip(there, _NAME_LINES[len(_NAME_LINES) - len(there) :], strict=True)
    ]


def _references(line: _Line, at: Callable[[float], float]) -> Iterator[Reference]:
    """A piece for each row; the first reaches up to its name."""
    for index, value in enumerate(line.values):
        if not math.isnan(value):
            top = TOP + ROW * index
            yield Reference(at(value), top if index else line.name_y + 5, top + ROW, line.kind)


def _reference_label(line: _Line, at: Callable[[float], float]) -> ReferenceLabel:
    """The name, left of its line where there is room, with its number or with the range where rows differ."""
    low, high = f"{min(line.known):.2f}", f"{max(line.known):.2f}"
    shown = low if low == high else gettext("%(low)s to %(high)s") % {"low": low, "high": high}
    text = f"{line.name} {shown}"
    x = at(line.known[0])
    return (
        ReferenceLabel(x + 4, line.name_y, "end", text)
        if x > LEFT + 40
        else ReferenceLabel(x - 4, line.name_y, "start", text)
    )


def _note_anchor(note: str, x: float) -> Literal["start", "middle", "end"]:
    """Which way a note grows from its mark, so that it stays inside the plot."""
    half = len(note) * _CHARACTER / 2
    if x + half > WIDTH:
        return "end"
    return "start" if x - half < LEFT else "middle"
