"""`manage.py export_dataset`: build a data set in a folder."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from annotations.models import Project
from models_llm.choices import FileFormat, Labels, Shape
from models_llm.datasets import Query, parse_slice
from models_llm.errors import ModelsLLMError
from models_llm.services.datasets import export_dataset

SECONDS_BETWEEN_LINES = 2


class Command(BaseCommand):
    help = "Export judged items as a data set with its manifest. The same state gives the same bytes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--shape", required=True, choices=[shape.value for shape in Shape])
        parser.add_argument("--format", default=FileFormat.PARQUET.value, choices=[f.value for f in FileFormat])
        parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="a new or empty folder")
        parser.add_argument("--labels", default=Labels.PEOPLE.value, choices=[labels.value for labels in Labels])
        parser.add_argument("--judge", metavar="NAME[@VERSION]", help="the newest version unless one is named")
        parser.add_argument("--rubric", type=int, metavar="VERSION", help="the newest unless one is named")
        parser.add_argument(
            "--slice", action="append", default=[], metavar="KEY=VALUE", help="only such items; may be repeated"
        )
        parser.add_argument(
            "--max-per-prompt", type=int, metavar="N", help="rows of one prompt at most, 0 for no limit"
        )
        parser.add_argument(
            "--calibrated", action="store_true", help="with probabilities by each judge's newest calibration (judged)"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  the signature is Django's
        try:
            project = Project.objects.get(slug=options["project"])
            query = Query(
                shape=Shape(options["shape"]),
                format=FileFormat(options["format"]),
                labels=Labels(options["labels"]),
                judge=options["judge"],
                slices=tuple(parse_slice(text) for text in options["slice"]),
                rubric=options["rubric"],
                max_per_prompt=options["max_per_prompt"],
                is_calibrated=options["calibrated"],
            )
            manifest = export_dataset(
                project=project,
                query=query,
                folder=options["out"],
                on_progress=_Lines(self.stderr).report,
            )
        except Project.DoesNotExist as err:
            raise CommandError(f"expected the slug of a project, got “{options['project']}”") from err
        except ModelsLLMError as err:
            raise CommandError(str(err)) from err
        counts = manifest["counts"]
        self.stdout.write(f"{counts['rows']} rows from {counts['used']} of {counts['items']} items in {options['out']}")
        for reason, n in counts["left_out"].items():
            self.stdout.write(f"  left out: {n} {reason}")
        self.stdout.write(f"digest {manifest['digest']}")


class _Lines:
    """Progress as a line now and then, so that a log stays readable."""

    def __init__(self, stream: OutputWrapper) -> None:
        self._stream = stream
        self._next_at = time.monotonic() + SECONDS_BETWEEN_LINES

    def report(self, n_read: int, n_items: int) -> None:
        now = time.monotonic()
        if now >= self._next_at:
            self._next_at = now + SECONDS_BETWEEN_LINES
            self._stream.write(f"{n_read} of {n_items} items")
