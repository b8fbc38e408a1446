"""`manage.py verify_dataset`: prove that a data set is as it was written, and that it can be built again."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.models import Project
from models_llm.errors import ModelsLLMError
from models_llm.services.datasets import rebuild_dataset, verify_dataset


class Command(BaseCommand):
    help = "Compare a data set's files with its manifest, and with --rebuild with what its project gives for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--rebuild", action="store_true", help="build it again and compare the bytes")
        parser.add_argument("--project", metavar="SLUG", help="the project to build it from")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  the signature is Django's
        if options["rebuild"] != (options["project"] is not None):
            raise CommandError("expected --rebuild and --project together")
        try:
            faults = verify_dataset(folder=options["folder"])
            if options["rebuild"] and not faults:
                project = Project.objects.get(slug=options["project"])
                faults = rebuild_dataset(folder=options["folder"], project=project)
        except Project.DoesNotExist as err:
            raise CommandError(f"expected the slug of a project, got “{options['project']}”") from err
        except ModelsLLMError as err:
            raise CommandError(str(err)) from err
        if faults:
            raise CommandError("\n".join(str(fault) for fault in faults))
        self.stdout.write("rebuilt to the same bytes" if options["rebuild"] else "every file is as the manifest says")
