"""Runs the benchmarks one after another, each in a process of its own, and prints the table."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence

from judge_platform.bench import starting
from judge_platform.bench.measurement import Measurement, as_table, flatness
from judge_platform.scratch import scratch_environment

SIZES = (10_000, 100_000)
QUICK_SIZES = (500, 2_000)
# In this order: each works on what the one before it left in the database.
BENCHMARKS = ("import", "export", "agreement", "review", "screen")
# The queue makes rows of its own, without an import: the same figures are wanted at both of its sizes.
QUEUE = "queue"
QUEUE_SIZES = (1_000, 20_000)
QUICK_QUEUE_SIZES = (500, 1_000)
MILLION_SIZES = (1_000, 1_000_000)
FLAT_IN_QUEUE = ("claim", "submit")
"""Beginnings of what is to cost the same at both sizes."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m judge_platform.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that every benchmark runs")
    parser.add_argument("--million", action="store_true", help="the queue at a million items; takes minutes to fill")
    parser.add_argument("--only", choices=[*BENCHMARKS, QUEUE], nargs="+", help="these benchmarks, and what they need")
    options = parser.parse_args()
    wanted = options.only or [*BENCHMARKS, QUEUE]
    found: list[Measurement] = []
    if set(wanted) & set(BENCHMARKS):
        chosen = [name for name in BENCHMARKS if name == "import" or name in wanted]
        found += _in_scratch(chosen, QUICK_SIZES if options.quick else SIZES)
    if QUEUE in wanted:
        sizes = QUICK_QUEUE_SIZES if options.quick else MILLION_SIZES if options.million else QUEUE_SIZES
        queued = _in_scratch([QUEUE], sizes)
        found += [*queued, *flatness([one for one in queued if one.name.startswith(FLAT_IN_QUEUE)])]
    found.append(starting.measure())
    print(as_table(sorted(found, key=lambda measurement: measurement.name)))
    if any(measurement.met is False for measurement in found) and not options.quick:
        sys.exit("at least one target was missed")


def _in_scratch(names: Sequence[str], sizes: Sequence[int]) -> list[Measurement]:
    """The benchmarks at each size, on one empty database."""
    with scratch_environment("bench") as environment:
        _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
        return [one for size in sizes for name in names for one in _measure(name, size, environment)]


def _measure(name: str, size: int, environment: dict[str, str]) -> list[Measurement]:
    print(f"{name} at {size:,} items …", file=sys.stderr, flush=True)
    began = time.monotonic()
    output = _run([sys.executable, "manage.py", "measure", name, str(size)], environment)
    print(f"    {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return [Measurement.from_json(line) for line in output.splitlines()]


def _run(arguments: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(arguments, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    main()
