"""Geometry of server-drawn charts. Looks are classes in `static/css/charts.css`; nothing here knows a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Hue = Literal["human", "judge", "neutral"]

WIDTH: Final = 600
LEFT: Final = 170
RIGHT: Final = 540
ROW: Final = 46
TOP: Final = 46
_LABEL_LENGTH: Final = 24
_CEILING_LABEL_Y: Final = 14
_FLOOR_LABEL_Y: Final = 32


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
    n_ticks = round((high - low) / step)
    ticks = tuple(Tick(at(low + step * i), f"{low + step * i:.2f}".rstrip("0").rstrip(".")) for i in range(n_ticks + 1))
    return IntervalChart(
        title=title,
        rows=rows,
        ticks=ticks,
        references=tuple(_references(intervals, at)),
        reference_labels=tuple(_reference_labels(intervals, at, floor_name, ceiling_name)),
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
        value=f"{interval.value:.2f}" if has_value else "",
        note=interval.note,
        undefined=interval.undefined,
    )


def _references(intervals: Sequence[Interval], at: Callable[[float], float]) -> Iterator[Reference]:
    """A piece for each row; the first reaches up to its name."""
    for index, interval in enumerate(intervals):
        top = TOP + ROW * index
        bottom = top + ROW
        if not math.isnan(interval.floor):
            yield Reference(at(interval.floor), top if index else _FLOOR_LABEL_Y + 5, bottom, "baseline")
        if not math.isnan(interval.ceiling):
            yield Reference(at(interval.ceiling), top if index else _CEILING_LABEL_Y + 5, bottom, "ceiling")


def _reference_labels(
    intervals: Sequence[Interval], at: Callable[[float], float], floor_name: str, ceiling_name: str
) -> Iterator[ReferenceLabel]:
    """Each reference named once, above the plot, on the side where no line crosses the name."""
    floors = [i.floor for i in intervals if not math.isnan(i.floor)]
    ceilings = [i.ceiling for i in intervals if not math.isnan(i.ceiling)]
    if ceilings and ceiling_name:
        x = at(ceilings[0])
        side: Literal["start", "end"] = "start" if x < (LEFT + RIGHT) / 2 else "end"
        yield _reference_label(x, _CEILING_LABEL_Y, side, ceiling_name, ceilings)
    if floors and floor_name:
        x = at(floors[0])
        has_room = x > LEFT + 40
        is_below = not ceilings or floors[0] <= ceilings[0]
        yield _reference_label(x, _FLOOR_LABEL_Y, "end" if is_below and has_room else "start", floor_name, floors)


def _reference_label(
    x: float, y: float, anchor: Literal["start", "end"], name: str, values: Sequence[float]
) -> ReferenceLabel:
    """The name with its number, or with the range where rows differ."""
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    numbers = low if low == high else f"{low} to {high}"
    return ReferenceLabel(x - 4 if anchor == "start" else x + 4, y, anchor, f"{name} {numbers}")
