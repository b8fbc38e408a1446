"""Where the marks of a chart are."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from annotations.charts import LEFT, RIGHT, Interval, interval_chart


def interval(value: float, low: float, high: float, **more: float) -> Interval:
    return Interval(
        label="a judge", value=value, low=low, high=high, note="n = 5", hue="judge", url="/", undefined=None, **more
    )


def test_marks_lie_on_the_axis_in_proportion() -> None:
    chart = interval_chart(title="t", intervals=[interval(0.5, 0.0, 1.0), interval(0.25, 0.0, 1.0)])
    assert [tick.text for tick in chart.ticks] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert (chart.rows[0].x_low, chart.rows[0].x_high) == (LEFT, RIGHT)
    assert chart.rows[0].x == pytest.approx((LEFT + RIGHT) / 2)
    assert chart.rows[1].x == pytest.approx(LEFT + (RIGHT - LEFT) / 4, abs=0.1)


def test_the_axis_holds_every_end_and_every_reference() -> None:
    rows = [interval(0.62, 0.58, 0.66, floor=0.31, ceiling=0.87), interval(-0.05, -0.12, 0.02)]
    chart = interval_chart(title="t", intervals=rows, floor_name="floor", ceiling_name="ceiling")
    places = [row.x_low for row in chart.rows] + [row.x_high for row in chart.rows]
    places += [reference.x for reference in chart.references]
    assert all(place is not None and LEFT <= place <= RIGHT for place in places)


def test_an_undefined_value_has_no_mark_and_keeps_its_reason() -> None:
    row = Interval("j", math.nan, math.nan, math.nan, "n = 0", "judge", "/", undefined="nobody rated")
    chart = interval_chart(title="t", intervals=[row])
    assert chart.rows[0].x is None
    assert chart.rows[0].undefined == "nobody rated"
    assert chart.references == ()


def test_a_reference_is_named_once_with_its_number_or_its_range() -> None:
    same = [interval(0.5, 0.4, 0.6, ceiling=0.8), interval(0.5, 0.4, 0.6, ceiling=0.8)]
    differing = [interval(0.5, 0.4, 0.6, floor=0.3), interval(0.5, 0.4, 0.6, floor=0.35)]
    [name] = interval_chart(title="t", intervals=same, ceiling_name="people").reference_labels
    assert name.text == "people 0.80"
    [name] = interval_chart(title="t", intervals=differing, floor_name="one level").reference_labels
    assert name.text == "one level 0.30 to 0.35"


@pytest.mark.parametrize(("floor", "ceiling"), [(0.3, 0.8), (0.8, 0.3)])
def test_no_reference_line_crosses_the_name_of_another(floor: float, ceiling: float) -> None:
    rows = [interval(0.5, 0.2, 0.9, floor=floor, ceiling=ceiling)]
    chart = interval_chart(
        title="t", intervals=rows, floor_name="always the commonest", ceiling_name="one of the people"
    )
    left, right = sorted(chart.reference_labels, key=lambda label: label.x)
    assert left.anchor == right.anchor == "end"  # names grow to the left of their lines,
    assert left.y > right.y  # and the right line, which starts under its own name, is right of the left one's


def test_a_note_at_the_edge_stays_inside() -> None:
    rows = [interval(1.0, 0.9, 1.0), interval(0.5, 0.0, 1.0), interval(0.0, 0.0, 0.1)]
    rows = [replace(row, note="n = 243, interval unreliable") for row in rows]
    chart = interval_chart(title="t", intervals=rows)
    assert [row.note_anchor for row in chart.rows] == ["end", "middle", "start"]


def test_equal_values_still_have_an_axis() -> None:
    chart = interval_chart(title="t", intervals=[interval(1.0, 1.0, 1.0)])
    assert len(chart.ticks) >= 2


def test_a_value_that_rounds_to_nothing_has_no_sign() -> None:
    chart = interval_chart(title="t", intervals=[interval(-0.001, -0.1, 0.1)])
    assert chart.rows[0].value == "0.00"
