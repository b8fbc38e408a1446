"""`python manage.py measure`: one benchmark in this process, on this database; `make bench` runs them all."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.core.management.base import BaseCommand

from judge_platform.bench import agreeing, exporting, importing, queueing, reviewing, screen
from judge_platform.bench.judging import ceiling, growth, offline, served, transformers_worker
from judge_platform.bench.measurement import Measurement

BENCHMARKS: Final[dict[str, Callable[[int], Iterator[Measurement]]]] = {
    "import": importing.measure,
    "export": exporting.measure,
    "agreement": agreeing.measure,
    "review": reviewing.measure,
    "queue": queueing.measure,
    "screen": screen.measure,
    "judging-ceiling": ceiling.measure,
    "judging-growth": growth.measure,
    "judging-served": served.measure,
    "judging-offline": offline.measure,
    "judging-transformers": transformers_worker.measure,
}


class Command(BaseCommand):
    help = "Measure one benchmark at one size and print a line of JSON for each figure. It adds a project."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("benchmark", choices=sorted(BENCHMARKS))
        parser.add_argument("size", type=int)

    def handle(self, **options: Any) -> None:
        for measurement in BENCHMARKS[options["benchmark"]](options["size"]):
            self.stdout.write(measurement.to_json())
