"""Train a reward model on what people decided in a project and what a teacher said."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_llm.errors import ModelsLLMError
from models_llm.management.evaluation import write_evaluation
from models_llm.management.project_argument import add_project_argument, project_with
from models_llm.rewards import Objective
from models_llm.selectors.judges import newest_version
from models_llm.services.fitted_judges import freeze
from models_llm.services.reward_models import RewardModelRequest, fit_new_reward_model


class Command(BaseCommand):
    help = "Train a language model with a value head in this process, and print how good it is on held-out items."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_project_argument(parser)
        default = RewardModelRequest(base="default")
        parser.add_argument("--name", default="distilled", help="the judge; training again makes its next version")
        parser.add_argument("--base", required=True, help="name or folder of the language model")
        parser.add_argument("--revision", default=default.revision)
        parser.add_argument("--teacher", metavar="NAME", help="the judge whose newest version stands in for people")
        parser.add_argument("--teacher-weight", type=float, default=default.teacher_weight)
        parser.add_argument("--objective", choices=list(Objective), default=default.objective)
        parser.add_argument("--epochs", type=int, default=default.epochs)
        parser.add_argument("--learning-rate", type=float, default=default.learning_rate)
        parser.add_argument("--batch-texts", type=int, default=default.batch_texts, metavar="N")
        parser.add_argument("--max-tokens", type=int, default=default.max_tokens, metavar="N", help="of an item's text")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--held-out", type=float, default=0.3, metavar="SHARE", help="of the rated items, kept for the evaluation"
        )

    def handle(self, **options: Any) -> None:
        project = project_with(options["project"])
        try:
            teacher = newest_version(project, options["teacher"]) if options["teacher"] else None
            request = RewardModelRequest(
                base=options["base"],
                revision=options["revision"],
                teacher_id=None if teacher is None else teacher.pk,
                teacher_weight=options["teacher_weight"],
                objective=options["objective"],
                epochs=options["epochs"],
                batch_texts=options["batch_texts"],
                learning_rate=options["learning_rate"],
                max_tokens=options["max_tokens"],
            )
            fitted = fit_new_reward_model(
                project=project,
                request=request,
                seed=options["seed"],
                held_out_share=options["held_out"],
                on_step=self.stderr.write,
            )
            version = freeze(project=project, name=options["name"], fitted=fitted)
        except ModelsLLMError as err:
            raise CommandError(str(err)) from err
        write_evaluation(self.stdout, version)
