"""Make a judge of a model that an OpenAI-compatible server serves."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from models_llm.engines import Sampling
from models_llm.errors import ModelsLLMError
from models_llm.management.project_argument import add_project_argument, project_with
from models_llm.services.judges import create_served_judge


class Command(BaseCommand):
    help = "Freeze a served model as the next version of a judge. Its key, if it needs one, is JUDGE_API_KEY."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_project_argument(parser)
        parser.add_argument("--name", required=True, help="the judge; another version of it if there is one")
        parser.add_argument("--url", default=settings.JUDGE_URL, help="the server; JUDGE_URL unless given")
        parser.add_argument("--model", default=settings.JUDGE_MODEL, help="its model; JUDGE_MODEL unless given")
        parser.add_argument("--temperature", type=float, default=Sampling.temperature)
        parser.add_argument("--max-tokens", type=int, default=Sampling.max_tokens)

    def handle(self, **options: Any) -> None:
        if not options["url"] or not options["model"]:
            raise CommandError("expected --url and --model, or JUDGE_URL and JUDGE_MODEL in the environment")
        sampling = Sampling(temperature=options["temperature"], max_tokens=options["max_tokens"])
        try:
            version = create_served_judge(
                project=project_with(options["project"]),
                name=options["name"],
                url=options["url"],
                model=options["model"],
                sampling=sampling,
            )
        except ModelsLLMError as err:
            raise CommandError(str(err)) from err
        self.stdout.write(f"{version.rater}: {version.model} at {options['url']}, prompt {version.prompt_digest[:12]}")
