"""Ask people about items of a project."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.models import Project
from annotations.services.queue import queue_items


class Command(BaseCommand):
    help = "Send a project's items to its annotators: all of them, or a simple random sample."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--all", action="store_true", help="every item")
        which.add_argument("--sample", type=int, metavar="N", help="N items by lot")
        parser.add_argument("--seed", type=int, default=0, help="of the lot; the same seed draws the same items")
        parser.add_argument("--order", choices=["random", "given"], default="random", help="in which people are asked")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            project = Project.objects.get(slug=options["project"])
            queued = queue_items(project=project, n=options["sample"], seed=options["seed"], order=options["order"])
        except Project.DoesNotExist as err:
            raise CommandError(f"expected the slug of a project, “{options['project']}” is none") from err
        except ValueError as err:
            raise CommandError(str(err)) from err
        self.stdout.write(
            f"{queued.n_added} of {queued.n_drawn} items drawn from {queued.n_items} are new in the queue "
            f"(selection probability {queued.probability:.4g}, seed {queued.seed})"
        )
