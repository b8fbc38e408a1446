"""How pages write figures."""

from __future__ import annotations

import math
import re

import pytest

from annotations.templatetags.figures import estimate


def text(value: float | None, low: float | None = None, high: float | None = None) -> str:
    return re.sub(r"<[^>]+>", "", estimate(value, low, high))


@pytest.mark.parametrize(
    ("value", "interval", "written"),
    [
        (0.71, (0.66, 0.75), "0.71 [0.66, 0.75]"),
        (0.71, (math.nan, math.nan), "0.71 "),
        (-0.004, (-0.0049, 0.2), "0.00 [0.00, 0.20]"),
        (-0.34, (-0.51, -0.14), "-0.34 [-0.51, -0.14]"),
        (math.nan, (math.nan, math.nan), "undefined"),
        (None, (), "undefined"),
    ],
)
def test_an_estimate_in_words(value: float | None, interval: tuple[float, ...], written: str) -> None:
    assert text(value, *interval) == written
