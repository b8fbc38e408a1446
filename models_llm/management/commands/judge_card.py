"""Print the card of a judge version."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.selectors.ratings import ItemSlice
from models_llm.cards import as_markdown
from models_llm.errors import ModelsLLMError
from models_llm.management.project_argument import add_project_argument, project_with
from models_llm.selectors.judge_card import card_document, judge_card
from models_llm.selectors.judges import version_numbered


class Command(BaseCommand):
    help = "All that is known of a judge version: identity, agreement, calibration, bias, cost and speed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_project_argument(parser)
        parser.add_argument("--judge", required=True, metavar="NAME")
        # “--version” is Django's own.
        parser.add_argument("--number", type=int, metavar="N", help="of the version; the newest unless given")
        parser.add_argument("--slice", metavar="KEY=VALUE", help="agreement on items of this slice")
        parser.add_argument("--json", action="store_true", help="every figure, as the API gives it; else Markdown")

    def handle(self, **options: Any) -> None:
        project = project_with(options["project"])
        try:
            item_slice = ItemSlice.parse(options["slice"]) if options["slice"] else None
            version = version_numbered(project, options["judge"], options["number"])
        except (ValueError, ModelsLLMError) as err:
            raise CommandError(str(err)) from err
        card = judge_card(version, item_slice=item_slice)
        if options["json"]:
            self.stdout.write(json.dumps(card_document(card), ensure_ascii=False, indent=1))
        else:
            self.stdout.write(as_markdown(card))
