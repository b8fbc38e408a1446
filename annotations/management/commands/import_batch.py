"""Import a file of items, judgements or gold."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.choices import BatchKind, BatchState
from annotations.errors import AnnotationsError, ImportRefusedError, MappingError
from annotations.formats import load_mapping_text, mapping_kind, published_mappings
from annotations.models import Batch, Project
from annotations.selectors.imports import refusal_counts
from annotations.services.imports import completed_before, import_file

REPORT_EVERY_S = 1.0


class Command(BaseCommand):
    help = (
        "Import items, judgements or gold from JSONL, CSV or Parquet, plain or gzip. The same file adds nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--file", required=True, type=Path)
        parser.add_argument(
            "--mapping",
            metavar="FILE_OR_NAME",
            help=f"a mapping file, or one of {', '.join(published_mappings())}; without it, the platform's own shape",
        )
        parser.add_argument("--kind", choices=list(BatchKind), help="default: as the mapping says, else items")
        parser.add_argument("--producer", default="", help="which model made the candidates")
        parser.add_argument("--round", type=int, help="of the loop")
        parser.add_argument(
            "--images", type=Path, metavar="FOLDER", help='of the files that items name as {"image": "file name"}'
        )
        parser.add_argument("--strict", action="store_true", help="one refused row, and nothing goes in")

    def handle(self, *_args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            project = Project.objects.get(slug=options["project"])
            mapping, name = _mapping(options["mapping"])
            kind = BatchKind(options["kind"]) if options["kind"] else _kind(mapping, name)
            batch = import_file(
                project=project,
                path=options["file"],
                kind=kind,
                mapping=mapping,
                mapping_name=name,
                producer=options["producer"],
                round_number=options["round"],
                is_strict=options["strict"],
                image_folder=_image_folder(options["images"]),
                on_progress=self._reporter(started),
            )
        except Project.DoesNotExist as err:
            raise CommandError(f"expected the slug of a project, “{options['project']}” is none") from err
        except AnnotationsError as err:
            raise CommandError(str(err)) from err
        self._summarise(batch, time.monotonic() - started)
        if batch.state == BatchState.FAILED:
            raise CommandError(batch.error)

    def _reporter(self, started: float) -> Any:
        last = started

        def report(batch: Batch) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= REPORT_EVERY_S:
                last = now
                self.stderr.write(f"{batch.n_read:,} rows read, {batch.n_read / (now - started):,.0f} rows/s")

        return report

    def _summarise(self, batch: Batch, seconds: float) -> None:
        self.stdout.write(
            f"{batch.source_name}: {batch.n_read:,} rows in {seconds:.1f} s,"
            f" {batch.n_read / max(seconds, 1e-9):,.0f} rows/s"
        )
        counts = {
            "items added": batch.n_items,
            "judgements added": batch.n_judgements,
            "gold added": batch.n_gold,
            "unchanged": batch.n_unchanged,
            "refused": batch.n_refused,
        }
        for name, count in counts.items():
            if count or name == "refused":
                self.stdout.write(f"  {count:>9,} {name}")
        for reason in refusal_counts(batch):
            self.stdout.write(f"  {reason.n_rows:>9,} … {reason.code}, first in row {reason.first_row:,}")
        for name, count in sorted(batch.unmapped.items()):
            self.stdout.write(f"  {count:>9,} … {name}")
        if batch.state == BatchState.COMPLETE and not (batch.n_items or batch.n_judgements or batch.n_gold):
            before = completed_before(batch)
            when = f": this file went in on {before.finished_at:%Y-%m-%d %H:%M} (import {before.pk})" if before else ""
            self.stdout.write(f"nothing new{when}")


def _image_folder(given: Path | None) -> Path | None:
    if given is not None and not given.is_dir():
        raise ImportRefusedError(f"expected a folder of images, got {given}")
    return given


def _mapping(given: str | None) -> tuple[str, str]:
    """Text and name of the mapping: a file, or one that comes with the platform."""
    if not given:
        return "", ""
    path = Path(given)
    if given in published_mappings() and not path.exists():
        return load_mapping_text(given), f"{given}.yaml"
    try:
        return path.read_text(encoding="utf-8"), path.name
    except (OSError, UnicodeDecodeError) as err:
        raise MappingError(
            f"expected a mapping file or one of {', '.join(published_mappings())}, got “{given}”: {err}"
        ) from err


def _kind(mapping: str, name: str) -> BatchKind:
    return mapping_kind(mapping, source=name) if mapping else BatchKind.ITEMS
