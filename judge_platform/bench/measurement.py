"""What a benchmark reports, and the table of all reports."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

FLAT = 1.10
"""How much more a large size may cost than a small one."""


@dataclass(frozen=True)
class Measurement:
    """One figure of one benchmark.

    Attributes:
        name: what was measured.
        size: items in the project.
        rate: how many of `unit` a second; None where only latency is measured.
        p50_ms, p95_ms: latency of one; None where the whole is measured at once.
        cpu_ms: processor time that the server's processes, without the database, spent on one.
        peak_mb: highest resident memory of the process that did the work.
        bare_ratio: time taken by the platform over time taken by the bare baseline.
        target: the figure wanted, as a sentence; empty where there is none.
        met: whether it was reached; None without a target, or where it does not tell.
        note: what else there is to say, such as why nothing was measured.
    """

    name: str
    size: int
    rate: float | None = None
    unit: str = ""
    p50_ms: float | None = None
    p95_ms: float | None = None
    cpu_ms: float | None = None
    peak_mb: float | None = None
    bare_ratio: float | None = None
    target: str = ""
    met: bool | None = None
    note: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Measurement:
        return cls(**json.loads(text))


def beside_bare(
    *, bare: str, platform: str, size: int, bare_s: float, platform_s: float, least: float
) -> Iterator[Measurement]:
    """The bare baseline and the platform over the same items, which is to reach the share `least` of its rate.

    Args:
        bare, platform: names of the two.
        bare_s, platform_s: seconds for `size` items.
    """
    share = bare_s / platform_s
    yield Measurement(name=bare, size=size, rate=size / bare_s, unit="items")
    yield Measurement(
        name=platform,
        size=size,
        rate=size / platform_s,
        unit="items",
        bare_ratio=platform_s / bare_s,
        target=f"at least {least:g} of the bare rate",
        met=share >= least,
        note=f"{share:.2f} of the bare rate",
    )


def flatness(measured: Sequence[Measurement]) -> Iterator[Measurement]:
    """The largest size beside the smallest: the time for one, by rate or else by median, or the memory."""
    for name in dict.fromkeys(one.name for one in measured):
        of_name = [one for one in measured if one.name == name]
        small, large = of_name[0], of_name[-1]
        ratio = None
        if small.rate and large.rate:
            ratio = small.rate / large.rate
        elif small.p50_ms and large.p50_ms:
            ratio = large.p50_ms / small.p50_ms
        elif small.peak_mb and large.peak_mb:
            ratio = large.peak_mb / small.peak_mb
        if ratio is not None and small is not large:
            yield Measurement(
                name=f"{name}: beside {small.size:,} items",
                size=large.size,
                bare_ratio=ratio,
                target=f"at most {FLAT:g} times",
                met=ratio <= FLAT,
            )


def percentiles_ms(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    p50, p95 = np.percentile(np.asarray(seconds) * 1000, [50, 95])
    return float(p50), float(p95)


def peak_mb(pid: int | None = None) -> float:
    """Highest resident memory that a process has had, this one by default."""
    status = Path(f"/proc/{pid or os.getpid()}/status").read_text()
    [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(kilobytes) / 1024


def cpu_s(pid: int) -> float:
    """Processor time that a process has spent, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


COLUMNS = ("measured", "items", "rate", "p50 ms", "p95 ms", "cpu ms", "peak MB", "x bare", "target", "")
LEFT_ALIGNED = (0, 8, 9)


def as_table(measurements: Sequence[Measurement]) -> str:
    """The measurements as aligned text, sizes of the same name under each other."""
    rows = [COLUMNS, *(_row(measurement) for measurement in measurements)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "  ".join(
            cell.ljust(width) if column in LEFT_ALIGNED else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _row(measurement: Measurement) -> tuple[str, ...]:
    rate = "" if measurement.rate is None else f"{measurement.rate:,.0f} {measurement.unit}/s"
    verdict = {True: "met", False: "MISSED", None: ""}[measurement.met]
    return (
        measurement.name,
        f"{measurement.size:,}",
        rate,
        _number(measurement.p50_ms, 1),
        _number(measurement.p95_ms, 1),
        _number(measurement.cpu_ms, 2),
        _number(measurement.peak_mb, 0),
        _number(measurement.bare_ratio, 2),
        measurement.target,
        "; ".join(part for part in (verdict, measurement.note) if part),
    )


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
