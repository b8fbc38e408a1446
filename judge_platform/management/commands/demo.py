"""`python manage.py demo`: the sample projects, with web and worker, until Ctrl-C."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from judge_platform.management.commands.start import Command as StartCommand
from judge_platform.programs import Program, sample_program


class Command(StartCommand):
    help = "Start web, worker and beat and make the sample projects meanwhile; Ctrl-C stops what was started."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--no-serve", action="store_true", help="stop once the sample projects are made")

    def programs(self, options: dict[str, Any]) -> list[Program]:
        return [*super().programs(options), sample_program()]

    def ends_by_itself(self, options: dict[str, Any]) -> bool:
        return bool(options["no_serve"])
