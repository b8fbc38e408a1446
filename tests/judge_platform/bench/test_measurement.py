from __future__ import annotations

import pytest

from judge_platform.bench.measurement import Measurement, as_table, beside_bare, flatness, percentiles_ms

MET = Measurement(name="import", size=10_000, rate=12_345.6, unit="items", cpu_ms=1.25, peak_mb=150.4, bare_ratio=2.04,
                  target="at least 10,000 items/s", met=True)  # fmt: skip
MISSED = Measurement(name="submit", size=500, p50_ms=4.25, p95_ms=31.0, target="p95 at most 30 ms", met=False)


def test_a_measurement_survives_its_way_between_processes() -> None:
    assert Measurement.from_json(MET.to_json()) == MET


def test_the_table_shows_each_figure_with_its_unit_and_what_was_missed() -> None:
    header, _, met, missed = [" ".join(line.split()) for line in as_table([MET, MISSED]).splitlines()]
    assert header == "measured items rate p50 ms p95 ms cpu ms peak MB x bare target"
    assert met == "import 10,000 12,346 items/s 1.25 150 2.04 at least 10,000 items/s met"
    assert missed == "submit 500 4.2 31.0 p95 at most 30 ms MISSED"


def test_percentiles_are_of_the_times_given_in_milliseconds() -> None:
    # 1 to 101 ms: the median is 51 ms, and 95% of the way lies 96 ms.
    assert percentiles_ms([i / 1000 for i in range(1, 102)]) == (51.0, 96.0)


@pytest.mark.parametrize(
    ("platform_s", "met", "note"), [(10.0, True, "1.00"), (10.5, True, "0.95"), (10.6, False, "0.94")]
)
def test_the_platform_is_held_to_a_share_of_the_bare_rate(platform_s: float, met: bool, note: str) -> None:
    bare, platform = beside_bare(bare="bare", platform="ours", size=50, bare_s=10.0, platform_s=platform_s, least=0.95)
    assert (bare.rate, bare.met) == (5.0, None)
    assert (platform.met, platform.note) == (met, f"{note} of the bare rate")
    assert platform.bare_ratio == platform_s / 10.0


def test_the_largest_size_is_held_to_the_smallest_by_rate_median_or_memory() -> None:
    measured = [
        *(Measurement(name="rate", size=size, rate=rate) for size, rate in ((10, 110.0), (20, 50.0), (1000, 100.0))),
        *(Measurement(name="median", size=size, p50_ms=ms) for size, ms in ((10, 2.0), (1000, 2.5))),
        *(Measurement(name="memory", size=size, peak_mb=mb) for size, mb in ((10, 100.0), (1000, 105.0))),
        *(Measurement(name="neither", size=size, cpu_ms=1.0) for size in (10, 1000)),
    ]
    assert [(one.name, one.bare_ratio, one.met) for one in flatness(measured)] == [
        ("rate: beside 10 items", 1.1, True),
        ("median: beside 10 items", 1.25, False),
        ("memory: beside 10 items", 1.05, True),
    ]


def test_one_size_is_beside_nothing() -> None:
    assert list(flatness([MET])) == []
