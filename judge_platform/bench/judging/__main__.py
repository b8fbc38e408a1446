"""Runs the benchmarks of judging one after another, each in a process and on a database of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping

from judge_platform.bench.measurement import Measurement, as_table, flatness
from judge_platform.scratch import scratch_environment

SIZES: Mapping[str, tuple[int, ...]] = {
    "ceiling": (20_000,),
    "growth": (20_000, 100_000),
    "served": (500,),
    "offline": (500,),
    "transformers": (500,),
}
QUICK_SIZES: Mapping[str, tuple[int, ...]] = {
    "ceiling": (1_000,),
    "growth": (1_000, 2_000),
    "served": (100,),
    "offline": (100,),
    "transformers": (100,),
}
MILLION_SIZES = (100_000, 1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m judge_platform.bench.judging", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that every benchmark runs")
    parser.add_argument("--only", choices=list(SIZES), nargs="+", help="these benchmarks")
    parser.add_argument("--million", action="store_true", help="growth at a million items too; takes a quarter-hour")
    options = parser.parse_args()
    sizes = {**(QUICK_SIZES if options.quick else SIZES)}
    if options.million:
        sizes["growth"] = MILLION_SIZES
    found: list[Measurement] = []
    for name in options.only or SIZES:
        measured = [measurement for size in sizes[name] for measurement in _measure(name, size)]
        found += [*measured, *(flatness(measured) if name == "growth" else ())]
    print(as_table(found))
    if any(measurement.met is False for measurement in found) and not options.quick:
        sys.exit("at least one target was missed")


def _measure(name: str, size: int) -> list[Measurement]:
    print(f"{name} at {size:,} items …", file=sys.stderr, flush=True)
    began = time.monotonic()
    with scratch_environment("bench") as environment:
        _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
        output = _run([sys.executable, "manage.py", "measure", f"judging-{name}", str(size)], environment)
    measured = [Measurement.from_json(line) for line in output.splitlines()]
    print(f"    {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    for one in measured:
        print(f"    {one.name}: {one.rate or one.cpu_ms or one.peak_mb or one.note}", file=sys.stderr, flush=True)
    return measured


def _run(arguments: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(arguments, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    main()
