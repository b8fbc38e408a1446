"""Fit the baseline judge on what people decided in a project."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_llm.errors import ModelsLLMError
from models_llm.management.evaluation import write_evaluation
from models_llm.management.project_argument import add_project_argument, project_with
from models_llm.services.baseline import fit_baseline_judge


class Command(BaseCommand):
    help = "Fit a judge without a language model on people's ratings and print how good it is on held-out items."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_project_argument(parser)
        parser.add_argument("--name", default="baseline", help="the judge; fitting again makes its next version")
        parser.add_argument("--seed", type=int, default=0, help="of the draw of held-out items")
        parser.add_argument(
            "--held-out", type=float, default=0.3, metavar="SHARE", help="of the rated items, kept for the evaluation"
        )

    def handle(self, **options: Any) -> None:
        project = project_with(options["project"])
        try:
            version = fit_baseline_judge(
                project=project,
                name=options["name"],
                seed=options["seed"],
                held_out_share=options["held_out"],
                on_step=self.stderr.write,
            )
        except ModelsLLMError as err:
            raise CommandError(str(err)) from err
        write_evaluation(self.stdout, version)
