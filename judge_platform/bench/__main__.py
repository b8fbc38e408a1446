"""Runs the benchmarks one after another, each in a process of its own, and prints the table."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from judge_platform.bench import starting
from judge_platform.bench.measurement import Measurement, as_table
from judge_platform.scratch import scratch_environment

SIZES = (10_000, 100_000)
QUICK_SIZES = (500, 2_000)
# In this order: each works on what the one before it left in the database.
BENCHMARKS = ("import", "export", "agreement", "review", "screen")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m judge_platform.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that every benchmark runs")
    parser.add_argument("--only", choices=BENCHMARKS, nargs="+", help="these benchmarks; import always runs")
    options = parser.parse_args()
    chosen = [name for name in BENCHMARKS if not options.only or name == "import" or name in options.only]
    with scratch_environment("bench") as environment:
        _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
        found = [
            measurement
            for size in (QUICK_SIZES if options.quick else SIZES)
            for name in chosen
            for measurement in _measure(name, size, environment)
        ]
    found.append(starting.measure())
    print(as_table(sorted(found, key=lambda measurement: measurement.name)))
    if any(measurement.met is False for measurement in found) and not options.quick:
        sys.exit("at least one target was missed")


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
