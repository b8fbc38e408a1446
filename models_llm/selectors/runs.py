"""How far runs are and what came of their items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet, Sum
from django.utils import timezone

from annotations.choices import Outcome
from annotations.models import Judgement, Project, User
from annotations.selectors.items import held_by
from models_llm.choices import RunState
from models_llm.models import Run, Shard, Verdict

RATE_WINDOW: Final = timedelta(seconds=60)
N_SAMPLES: Final = 5
N_RECENT: Final = 50


@dataclass(frozen=True)
class RunProgress:
    """A run's figures, added up from its shards when asked.

    Attributes:
        n_items: items the run set out to judge.
        outcomes: verdicts of the run by outcome, one an item; every outcome is there, some with 0.
        n_elsewhere: items of a complete run that have no verdict of it, because another run of the same version
            judged them meanwhile.
        rate: verdicts a second, over the last minute while it runs and over its whole time afterwards; nan
            where there is none yet.
        left_s: seconds until it is done at this rate; None where that cannot be said.
    """

    state: RunState
    n_items: int
    outcomes: Mapping[Outcome, int]
    n_elsewhere: int
    rate: float
    left_s: float | None

    @property
    def n_done(self) -> int:
        return sum(self.outcomes.values()) + self.n_elsewhere

    @property
    def n_unrated(self) -> int:
        return sum(self.outcomes.values()) - self.outcomes[Outcome.RATED]


@dataclass(frozen=True)
class VerdictSample:
    """A verdict with the names of its ratings: criterion and level."""

    verdict: Verdict
    ratings: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RunLine:
    """A run in a list."""

    run: Run
    outcomes: Mapping[Outcome, int]

    @property
    def n_verdicts(self) -> int:
        return sum(self.outcomes.values())

    @property
    def n_unrated(self) -> int:
        return self.n_verdicts - self.outcomes[Outcome.RATED]


def runs_of(project: Project) -> QuerySet[Run]:
    """The project's runs, newest first."""
    return (
        Run.objects.filter(judge_version__judge__project=project)
        .select_related("judge_version__judge", "judge_version__rater", "judge_version__rubric", "created_by")
        .order_by("-pk")
    )


def outcome_counts(runs: Sequence[Run]) -> dict[int, dict[Outcome, int]]:
    """Verdicts by outcome for each run, one for each item it judged; one query over its shards."""
    counts = {run.pk: dict.fromkeys(Outcome, 0) for run in runs}
    sums = {outcome.value: Sum(f"n_{outcome}") for outcome in Outcome}
    shards = Shard.objects.filter(run__in=runs).order_by().values("run_id").annotate(**sums)
    for run_id, *numbers in shards.values_list("run_id", *sums):
        counts[run_id] = dict(zip(Outcome, numbers, strict=True))
    return counts


def recent_runs(project: Project, *, n: int = N_RECENT) -> list[RunLine]:
    """The project's newest runs with their verdicts so far; two queries."""
    runs = list(runs_of(project)[:n])
    counts = outcome_counts(runs)
    return [RunLine(run, counts[run.pk]) for run in runs]


def run_progress(run: Run) -> RunProgress:
    outcomes = outcome_counts([run])[run.pk]
    n_verdicts = sum(outcomes.values())
    state = RunState(run.state)
    n_elsewhere = run.n_items - n_verdicts if state is RunState.COMPLETE else 0
    rate = _rate(run, n_verdicts)
    n_left = run.n_items - n_verdicts - n_elsewhere
    return RunProgress(
        state=state,
        n_items=run.n_items,
        outcomes=outcomes,
        n_elsewhere=n_elsewhere,
        rate=rate,
        left_s=n_left / rate if state is RunState.RUNNING and rate > 0 else None,
    )


def verdict_samples(run: Run, outcome: Outcome, *, viewer: User, n: int = N_SAMPLES) -> list[VerdictSample]:
    """The run's newest live verdicts of one outcome, with their items; none on an item that the viewer holds."""
    live = Verdict.objects.filter(run=run, judgement__outcome=outcome, judgement__superseded_at__isnull=True)
    newest = list(live.select_related("judgement__item").order_by("-judgement_id")[:n])
    held = held_by(viewer, [verdict.judgement.item_id for verdict in newest])
    criteria = run.judge_version.rubric.spec().criteria
    return [
        VerdictSample(
            verdict,
            tuple(
                (criterion.name, criterion.levels[level].label)
                for criterion, level in zip(criteria, verdict.judgement.levels, strict=True)
                if level is not None
            ),
        )
        for verdict in newest
        if verdict.judgement.item_id not in held
    ]


def _rate(run: Run, n_verdicts: int) -> float:
    if not n_verdicts:
        return float("nan")
    now = timezone.now()
    if run.state != RunState.RUNNING:
        return n_verdicts / max(((run.finished_at or now) - run.created_at).total_seconds(), 1e-3)
    since = max(now - RATE_WINDOW, run.created_at)
    n_recent = Judgement.objects.live().filter(verdict__run=run, created_at__gte=since).count()
    return n_recent / max((now - since).total_seconds(), 1e-3)
