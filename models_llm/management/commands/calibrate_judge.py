"""Calibrate a judge version on what people decided."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.choices import WorkState
from models_llm.errors import ModelsLLMError
from models_llm.management.project_argument import add_project_argument, project_with
from models_llm.selectors.judges import version_numbered
from models_llm.services.calibrations import fit_calibration, request_calibration


class Command(BaseCommand):
    help = "Fit maps from a judge's probabilities to what people say, cross-fitted, and print how good they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_project_argument(parser)
        parser.add_argument("--judge", required=True, metavar="NAME")
        # “--version” is Django's own.
        parser.add_argument("--number", type=int, metavar="N", help="of the version; the newest unless given")
        parser.add_argument("--seed", type=int, default=0, help="of the folds and the resamples")

    def handle(self, **options: Any) -> None:
        project = project_with(options["project"])
        try:
            version = version_numbered(project, options["judge"], options["number"])
        except ModelsLLMError as err:
            raise CommandError(str(err)) from err
        calibration = request_calibration(version=version, seed=options["seed"], user=None)
        is_ours = fit_calibration(calibration_id=calibration.pk)
        calibration.refresh_from_db()
        if calibration.state == WorkState.FAILED:
            raise CommandError(calibration.error)
        if not is_ours and calibration.state != WorkState.READY:
            self.stdout.write(f"calibration {calibration.pk}: a worker has it; its page shows the result")
            return
        self.stdout.write(f"calibration {calibration.pk} of {version.rater}")
        for criterion in (calibration.document or {})["criteria"]:
            self.stdout.write(_line(criterion))


def _line(criterion: dict[str, Any]) -> str:
    if criterion["refused"]:
        return f"  {criterion['key']}: {criterion['refused']}"
    before, after = (criterion[side]["log_loss"]["value"] for side in ("before", "after"))
    return (
        f"  {criterion['key']}: {criterion['chosen']['method']}, log loss {before:.4f} → {after:.4f}"
        f" on {criterion['n']:,} items"
    )
