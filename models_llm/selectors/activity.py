"""What judges are doing across projects, for pages that show many projects at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q

from models_llm.choices import UNDER_WAY, RunState
from models_llm.models import Run


@dataclass(frozen=True)
class RunActivity:
    """Runs of one project."""

    n_running: int = 0
    n_paused: int = 0


def run_activity(project_ids: Collection[int]) -> dict[int, RunActivity]:
    """Open runs by project, in one query; a project without any is left out."""
    rows = (
        Run.objects.filter(judge_version__judge__project_id__in=project_ids, state__in=[*UNDER_WAY, RunState.PAUSED])
        .order_by()
        .values_list("judge_version__judge__project_id")
        .annotate(
            n_running=Count("pk", filter=Q(state__in=UNDER_WAY)),
            n_paused=Count("pk", filter=Q(state=RunState.PAUSED)),
        )
    )
    return {project_id: RunActivity(n_running, n_paused) for project_id, n_running, n_paused in rows}
