"""Start a run of a judge's newest version over a project's items, and follow it if asked."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from annotations.choices import Outcome
from models_llm.choices import RunState, Which
from models_llm.datasets import parse_slice
from models_llm.errors import ModelsLLMError
from models_llm.management.project_argument import add_project_argument, project_with
from models_llm.models import Run
from models_llm.selectors.judges import newest_version
from models_llm.selectors.runs import RunProgress, run_progress
from models_llm.selectors.selection import N_TRIAL, Selection
from models_llm.services.runs import SHARD_SIZE, Limits, start_run

POLL_S: Final = 1.0


class Command(BaseCommand):
    help = "Judge the items of a project that the judge has not judged yet. A worker does the work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_project_argument(parser)
        parser.add_argument("--judge", required=True, metavar="NAME", help="the judge; its newest version runs")
        parser.add_argument("--limit", type=int, metavar="N", help="at most N items, drawn by the seed")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--again", action="store_true", help="also items with a verdict of this version")
        which.add_argument("--unrated", action="store_true", help="items whose verdict of this version has no rating")
        parser.add_argument(
            "--fitted-too", action="store_true", help="also items a baseline was fitted on; they measure nothing"
        )
        parser.add_argument("--slice", action="append", default=[], metavar="NAME=VALUE", help="only items of it")
        parser.add_argument("--batch", type=int, metavar="ID", help="only items of this import")
        parser.add_argument("--round", type=int, metavar="N", help="only items of this round")
        parser.add_argument("--trial", action="store_true", help=f"only {N_TRIAL} of them, to see what the rest takes")
        parser.add_argument("--priority", type=int, default=0, help="of runs that share workers, higher first")
        parser.add_argument("--most-tokens", type=int, metavar="N", help="stop when so many are spent")
        parser.add_argument("--most-cost", type=float, metavar="X", help="stop when so much is spent")
        parser.add_argument("--most-gpu-s", type=float, metavar="S", help="stop after so many GPU-seconds")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--shard-size", type=int, default=SHARD_SIZE, metavar="N", help="items leased at once")
        parser.add_argument("--wait", action="store_true", help="follow the run until it ends")

    def handle(self, **options: Any) -> None:
        project = project_with(options["project"])
        try:
            run = start_run(
                version=newest_version(project, options["judge"]),
                selection=_selection(options),
                limits=Limits(options["priority"], options["most_tokens"], options["most_cost"], options["most_gpu_s"]),
                seed=options["seed"],
                shard_size=options["shard_size"],
            )
        except ModelsLLMError as err:
            raise CommandError(str(err)) from err
        self.stdout.write(f"run {run.pk}: {run.judge_version.rater} over items of {project.slug}")
        if options["wait"]:
            self._follow(run)

    def _follow(self, run: Run) -> None:
        said = ""
        while True:
            run.refresh_from_db()
            progress = run_progress(run)
            line = describe_progress(progress) + (f" · paused: {run.note}" if run.retry_at else "")
            if line != said:
                self.stdout.write(line)
                said = line
            if progress.state is RunState.COMPLETE:
                return
            if not run.goes_on:
                raise CommandError(f"run {run.pk} is {progress.state}{run.note and f': {run.note}'}")
            time.sleep(POLL_S)


def _selection(options: dict[str, Any]) -> Selection:
    which = Which.ALL if options["again"] else Which.UNRATED if options["unrated"] else Which.MISSING
    return Selection(
        which=which,
        skip_fitted=not options["fitted_too"],
        slices=dict(parse_slice(text) for text in options["slice"]),
        batch_id=options["batch"],
        round=options["round"],
        limit=options["limit"],
        is_trial=options["trial"],
    )


def describe_progress(progress: RunProgress) -> str:
    """One line: how far, how fast, how long still, and what came out."""
    if progress.state is RunState.PREPARING:
        return f"preparing: {progress.n_prepared} of {progress.n_items or 'its'} items"
    parts = [f"{progress.n_done}/{progress.n_items}"]
    if progress.rate == progress.rate:  # not nan
        parts.append(f"{progress.rate:.1f} items/s")
    if progress.left_s is not None:
        parts.append(f"{progress.left_s:.0f} s left")
    counts = ", ".join(f"{progress.outcomes[outcome]} {outcome}" for outcome in Outcome)
    return " · ".join([*parts, counts])
