"""The judges of the demonstration and their runs, which the worker does."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from annotations.models import Project, User
from models_llm.choices import UNDER_WAY
from models_llm.models import Run
from models_llm.selectors.judges import newest_version
from models_llm.services.baseline import fit_baseline_judge
from models_llm.services.judges import create_judge, create_served_judge
from models_llm.services.runs import start_run

BY_LOT: Final = "by lot (scripted)"
HELD_OUT_SHARE: Final = 0.5
FAULTS: Final = {"garbage": 0.03, "truncated": 0.02, "refused": 0.02, "failed": 0.01}
RUNS_DEADLINE_S: Final = 120.0
POLL_S: Final = 0.5


@dataclass(frozen=True)
class ServedModel:
    """A model that an OpenAI-compatible server offers."""

    url: str
    model: str


def ensure_judges(project: Project, served: ServedModel | None) -> list[str]:
    """Names of the project's judges, made where they are missing.

    A fitted baseline, or the served model in its place; and one that draws lots and sometimes fails, which shows
    what agreement by chance looks like and how a run counts replies that cannot be read. The one by lot comes first:
    the newest verdict on an item is the one that people are shown.
    """
    known = set(project.judges.values_list("name", flat=True))
    if served is not None:
        name = f"served ({served.model})"[:120]
        if name not in known:
            create_served_judge(project=project, name=name, url=served.url, model=served.model)
    else:
        name = "baseline"
        if name not in known:
            fit_baseline_judge(project=project, name=name, held_out_share=HELD_OUT_SHARE)
    if BY_LOT not in known:
        create_judge(project=project, name=BY_LOT, engine="scripted", model="lot", engine_settings={"faults": FAULTS})
    return [BY_LOT, name]


def ensure_runs(project: Project, judges: Iterable[str], user: User) -> list[Run]:
    """One run of each judge's newest version over all items that it was not fitted on."""
    runs = []
    for name in judges:
        version = newest_version(project, name)
        runs.append(version.runs.order_by("pk").first() or start_run(version=version, user=user))
    return runs


def wait_for_runs(runs: Iterable[Run], *, deadline_s: float = RUNS_DEADLINE_S) -> bool:
    """Whether all runs ended before the deadline; those that did not go on."""
    waiting = {run.pk for run in runs}
    deadline = time.monotonic() + deadline_s
    while waiting and time.monotonic() < deadline:
        running = Run.objects.filter(pk__in=waiting, state__in=UNDER_WAY)
        waiting = set(running.values_list("pk", flat=True))
        if waiting:
            time.sleep(POLL_S)
    return not waiting
