"""Audit a judge's newest version for bias, and follow the audit if asked."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from annotations.choices import WorkState
from models_llm.bias import CHECKS, CheckResult, read_report
from models_llm.errors import ModelsLLMError
from models_llm.management.project_argument import add_project_argument, project_with
from models_llm.models import Audit
from models_llm.selectors.judges import newest_version
from models_llm.services.audits import MOST_ITEMS, N_ITEMS, request_audit

POLL_S: Final = 1.0


class Command(BaseCommand):
    help = "Judge altered items to see whether a judge is swayed by what should not matter. A worker does the work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_project_argument(parser)
        parser.add_argument("--judge", required=True, metavar="NAME", help="the judge; its newest version is audited")
        parser.add_argument("--items", type=int, default=N_ITEMS, metavar="N", help=f"to draw, {MOST_ITEMS} at most")
        parser.add_argument("--seed", type=int, default=0, help="draws the items, and is the judge's")
        parser.add_argument(
            "--checks", nargs="+", default=list(CHECKS), metavar="CHECK", help=f"some of {', '.join(CHECKS)}"
        )
        parser.add_argument("--wait", action="store_true", help="follow the audit and print what it says")

    def handle(self, **options: Any) -> None:
        project = project_with(options["project"])
        try:
            audit = request_audit(
                version=newest_version(project, options["judge"]),
                seed=options["seed"],
                n_items=options["items"],
                checks=options["checks"],
                user=None,
            )
        except ModelsLLMError as err:
            raise CommandError(str(err)) from err
        self.stdout.write(f"audit {audit.pk}: {audit.judge_version.rater} on at most {audit.most_items} items")
        if options["wait"]:
            self._follow(audit)

    def _follow(self, audit: Audit) -> None:
        said = ""
        while audit.is_unfinished:
            line = f"{audit.n_done}/{audit.n_trials or '?'} judged"
            if line != said and audit.state == WorkState.RUNNING:
                self.stdout.write(line)
                said = line
            time.sleep(POLL_S)
            audit.refresh_from_db()
        if audit.report is None:
            raise CommandError(f"audit {audit.pk} failed: {audit.error}")
        for result in read_report(audit.report).checks:
            self.stdout.write(describe_check(result))


def describe_check(result: CheckResult) -> str:
    """One line: the decision, and the figure that made it or the reason."""
    title = CHECKS[result.check].title
    figure = result.headline
    if figure is None or figure.value is None:
        return f"{title}: {result.decision}" + (f": {result.reason}" if result.reason else "")
    interval = "" if figure.low is None else f" [{figure.low:.3f}, {figure.high:.3f}]"
    name = f"{figure.name} of {figure.criterion}" if figure.criterion else figure.name
    return f"{title}: {result.decision}, {name} {figure.value:.3f}{interval}, n = {figure.n} ({figure.requirement})"
