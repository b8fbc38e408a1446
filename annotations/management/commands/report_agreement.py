"""Say how well people agree with each other, and each judge with people."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.agreement import as_text
from annotations.errors import RubricError
from annotations.models import Project
from annotations.selectors.agreement import agreement_document, project_agreement
from annotations.selectors.ratings import ItemSlice


class Command(BaseCommand):
    help = "Agreement of people and judges on every criterion of a project, with intervals and what was left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--criterion", metavar="KEY", help="only this criterion")
        parser.add_argument("--slice", metavar="KEY=VALUE", help="only items of this slice")
        parser.add_argument("--batch", type=int, metavar="ID", help="only items of this import")
        parser.add_argument("--rater", type=int, action="append", metavar="ID", help="only these raters; repeatable")
        parser.add_argument("--json", action="store_true", help="every figure, as the API gives it")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            project = Project.objects.get(slug=options["project"])
            item_slice = ItemSlice.parse(options["slice"]) if options["slice"] else None
            report = project_agreement(
                project=project,
                criterion=options["criterion"],
                rater_ids=options["rater"],
                item_slice=item_slice,
                batch_id=options["batch"],
            )
        except Project.DoesNotExist as err:
            raise CommandError(f"expected the slug of a project, “{options['project']}” is none") from err
        except (ValueError, RubricError) as err:
            raise CommandError(str(err)) from err
        if options["json"]:
            document = agreement_document(project=project, report=report, item_slice=item_slice)
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=1))
        else:
            self.stdout.write(as_text(report))
