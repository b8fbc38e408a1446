"""The loop as steps, with which of them this project has taken."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from annotations.permissions import Capability
from annotations.selectors.projects import ProjectLine


@dataclass(frozen=True)
class Step:
    """One step of the loop, with the page and the command that take it."""

    label: str
    note: str
    url: str
    command: str
    is_done: bool = False


def steps_of(line: ProjectLine, able: Collection[Capability], *, has_runs: bool) -> list[Step]:
    """The steps that a member with these capabilities can take, in the order of the loop."""
    slug = line.project.slug

    def at(name: str) -> str:
        return reverse(name, args=[slug])

    steps = {
        Capability.IMPORT: Step(
            _("Import items"),
            _("JSONL, CSV or Parquet, with what people and judges said of them where that is known."),
            at("annotations:imports"),
            f"python manage.py import_batch --project {slug} --file FILE",
            is_done=line.n_items > 0,
        ),
        Capability.MANAGE_PEOPLE: Step(
            _("Invite people"),
            _("A link makes one person an annotator, adjudicator, lead or trainer."),
            at("annotations:people"),
            "",
            is_done=line.n_members > 1,
        ),
        Capability.MANAGE_PROJECT: Step(
            _("Queue items for review"),
            _("Drawn with known probabilities, so that what people say speaks for all items."),
            at("annotations:queue"),
            f"python manage.py queue_items --project {slug} --sample 200",
            is_done=line.n_open > 0,
        ),
        Capability.RUN_JUDGES: Step(
            _("Run a judge"),
            _("The baseline needs no language model and is the floor that every judge must beat."),
            at("models_llm:judges"),
            f"python manage.py run_judge --project {slug} --judge baseline --wait",
            is_done=has_runs,
        ),
        Capability.VIEW_JUDGEMENTS: Step(
            _("Compare judges with people"),
            _("Agreement with its interval, beside people with people and the majority baseline."),
            at("annotations:agreement"),
            f"python manage.py report_agreement --project {slug} --json",
        ),
        Capability.EXPORT: Step(
            _("Export a judged data set"),
            _("With a card and a manifest from which it can be rebuilt byte for byte."),
            at("models_llm:datasets"),
            f"python manage.py export_dataset --project {slug} --shape judged --format parquet --out DIR",
        ),
    }
    return [step for capability, step in steps.items() if capability in able]
