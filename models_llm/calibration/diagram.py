"""Geometry of a reliability diagram: the probability given along, the share that was right up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 400
HEIGHT: Final = 400
LEFT: Final = 52
RIGHT: Final = 384
TOP: Final = 16
BOTTOM: Final = 348


@dataclass(frozen=True)
class Mark:
    """One bin. `number` is its position; whisker ends are Wilson's interval. Below `n`: the same in its own units."""

    number: int
    x: float
    y: float
    y_low: float
    y_high: float
    n: int
    mean: float
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Tick:
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class ReliabilityDiagram:
    """Marks on a square from 0 to 1 both ways; on the diagonal the probability given is the share that was right."""

    title: str
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM

    @property
    def label_x(self) -> float:
        """Where the diagonal is named: in the corner where only the worst of judges has marks."""
        return _x(0.98)

    @property
    def label_y(self) -> float:
        return _y(0.03)


def reliability_diagram(*, title: str, bins: Sequence[Mapping[str, Any]]) -> ReliabilityDiagram:
    """Lay out bins as a calibration stores them."""
    return ReliabilityDiagram(
        title=title,
        marks=tuple(_mark(number, one) for number, one in enumerate(bins)),
        ticks=tuple(Tick(_x(share), _y(share), f"{share:g}") for share in (0, 0.2, 0.4, 0.6, 0.8, 1)),
    )


def _mark(number: int, one: Mapping[str, Any]) -> Mark:
    interval = one["interval"]
    return Mark(
        number=number,
        x=_x(one["mean"]),
        y=_y(one["share"]),
        y_low=_y(interval["low"]),
        y_high=_y(interval["high"]),
        n=one["n"],
        mean=one["mean"],
        share=one["share"],
        low=interval["low"],
        high=interval["high"],
    )


def _x(share: float) -> float:
    return round(LEFT + share * (RIGHT - LEFT), 1)


def _y(share: float) -> float:
    return round(BOTTOM - share * (BOTTOM - TOP), 1)
