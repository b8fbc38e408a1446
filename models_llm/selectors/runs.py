"""How far runs are and what came of their items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    Case,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from annotations.choices import Outcome
from annotations.models import Project, User
from annotations.selectors.items import held_by
from models_llm.choices import Flag, RunState
from models_llm.engines import Usage
from models_llm.models import JudgeVersion, Retry, Run, Shard, Verdict

RATE_WINDOW: Final = timedelta(seconds=60)
N_SAMPLES: Final = 5
N_RECENT: Final = 50
METERED: Final = tuple(field.name for field in fields(Usage))
"""The columns of shards and verdicts that hold what judging used."""

_OUTCOMES: Final = {f"sum_{outcome}": Sum(f"n_{outcome}") for outcome in Outcome}


@dataclass(frozen=True)
class Metering:
    """What a run used. None where no engine said it.

    Attributes:
        n_verdicts: live ones, each for an item; what was superseded since has cost its part all the same.
        n_copied: verdicts taken over from equal items.
    """

    n_verdicts: int
    n_copied: int
    prompt_tokens: int | None
    cached_tokens: int | None
    completion_tokens: int | None
    queue_s: float
    engine_s: float
    gpu_s: float
    cost: float | None

    @property
    def n_tokens(self) -> int | None:
        """Prompt and completion tokens together."""
        if self.prompt_tokens is None and self.completion_tokens is None:
            return None
        return (self.prompt_tokens or 0) + (self.completion_tokens or 0)

    @property
    def cached_share(self) -> float:
        """Share of the prompt tokens that came from the engine's prefix cache; nan where that is not known."""
        if self.cached_tokens is None or not self.prompt_tokens:
            return float("nan")
        return self.cached_tokens / self.prompt_tokens


@dataclass(frozen=True)
class RunProgress:
    """A run's figures, added up from its shards when asked.

    Attributes:
        n_items: items the run set out to judge; None until they are drawn.
        n_prepared: of these, how many are in shards.
        outcomes: verdicts of the run by outcome, one an item; every outcome is there, some with 0.
        n_elsewhere: items of a complete run that have no verdict of it, because another run of the same version
            judged them meanwhile.
        rate: verdicts a second, over the last minute while it runs and over its whole time afterwards, from when
            it was prepared; nan where there is none yet. A shard counts with its pace since a worker took it.
        left_s: seconds until it is done at this rate; None where that cannot be said.
    """

    state: RunState
    n_items: int | None
    n_prepared: int
    outcomes: Mapping[Outcome, int]
    n_elsewhere: int
    metering: Metering
    rate: float
    left_s: float | None

    @property
    def n_done(self) -> int:
        return sum(self.outcomes.values()) + self.n_elsewhere

    @property
    def n_unrated(self) -> int:
        return sum(self.outcomes.values()) - self.outcomes[Outcome.RATED]

    @property
    def tokens_per_s(self) -> float:
        """At the rate of the verdicts; nan where either is not known."""
        n_tokens, n = self.metering.n_tokens, self.metering.n_verdicts
        return float("nan") if n_tokens is None or not n else self.rate * n_tokens / n


@dataclass(frozen=True)
class VerdictSample:
    """A verdict with the names of its ratings: criterion and level."""

    verdict: Verdict
    ratings: tuple[tuple[str, str], ...]

    @property
    def flags(self) -> list[Flag]:
        return [Flag(flag) for flag in self.verdict.flags]


@dataclass(frozen=True)
class RunLine:
    """A run in a list."""

    run: Run
    outcomes: Mapping[Outcome, int]
    cost: float | None

    @property
    def n_done(self) -> int:
        """Items that the run need not judge any more, as in `RunProgress`."""
        return self.run.n_items or 0 if self.run.state == RunState.COMPLETE else sum(self.outcomes.values())

    @property
    def n_unrated(self) -> int:
        return sum(self.outcomes.values()) - self.outcomes[Outcome.RATED]


def last_retry(run: Run) -> Retry | None:
    """What was asked for last to be judged again."""
    retry: Retry | None = Retry.objects.filter(run=run).order_by("pk").last()
    return retry


def runs_of(project: Project) -> QuerySet[Run]:
    """The project's runs, newest first, without what their judges were fitted to."""
    return (
        Run.objects.filter(judge_version__judge__project=project)
        .select_related("judge_version__judge", "judge_version__rater", "judge_version__rubric", "created_by")
        .defer("judge_version__artifact", "judge_version__evaluation")
        .order_by("-pk")
    )


def recent_runs(project: Project, *, version: JudgeVersion | None = None, n: int = N_RECENT) -> list[RunLine]:
    """The newest runs of the project, or of one version, with their verdicts so far and their cost; two queries."""
    found = runs_of(project)
    runs = list((found if version is None else found.filter(judge_version=version))[:n])
    shards = Shard.objects.filter(run__in=runs).order_by().values("run_id")
    sums: dict[int, Mapping[str, Any]] = {
        row["run_id"]: row for row in shards.annotate(**_OUTCOMES, sum_cost=Sum("cost"))
    }
    nothing = dict.fromkeys((*_OUTCOMES, "sum_cost"))
    return [
        RunLine(run, _outcomes(sums.get(run.pk, nothing)), cost=sums.get(run.pk, nothing)["sum_cost"]) for run in runs
    ]


def run_progress(run: Run) -> RunProgress:
    """The run's figures; one query over its shards, and another while it is not prepared."""
    now = timezone.now()
    began = run.prepared_at or now
    since = max(now - RATE_WINDOW, began)
    sums = run.shards.aggregate(
        **_OUTCOMES,
        **{f"sum_{name}": Sum(name) for name in METERED},
        n_copied=Sum("n_copied"),
        n_recent=Sum(_recent(since, now)),
    )
    outcomes = _outcomes(sums)
    n_verdicts = sum(outcomes.values())
    state = RunState(run.state)
    if state is RunState.RUNNING:
        rate = (sums["n_recent"] or 0.0) / max((now - since).total_seconds(), 1e-3)
    else:
        rate = n_verdicts / max(((run.finished_at or now) - began).total_seconds(), 1e-3)
    n_open = (run.n_items or 0) - n_verdicts
    return RunProgress(
        state=state,
        n_items=run.n_items,
        n_prepared=_n_prepared(run),
        outcomes=outcomes,
        n_elsewhere=n_open if state is RunState.COMPLETE else 0,
        metering=_metering(n_verdicts, sums),
        rate=rate if n_verdicts else float("nan"),
        left_s=n_open / rate if state is RunState.RUNNING and rate > 0 else None,
    )


def _n_prepared(run: Run) -> int:
    if run.prepared_at is not None:
        return run.n_items or 0
    n_items = Func("item_ids", function="cardinality", output_field=BigIntegerField())
    n: int | None = run.shards.aggregate(n=Sum(n_items))["n"]
    return n or 0


def _outcomes(sums: Mapping[str, Any]) -> dict[Outcome, int]:
    return {outcome: sums[f"sum_{outcome}"] or 0 for outcome in Outcome}


def _metering(n_verdicts: int, sums: Mapping[str, Any]) -> Metering:
    return Metering(
        n_verdicts=n_verdicts,
        n_copied=sums["n_copied"] or 0,
        prompt_tokens=sums["sum_prompt_tokens"],
        cached_tokens=sums["sum_cached_tokens"],
        completion_tokens=sums["sum_completion_tokens"],
        queue_s=sums["sum_queue_s"] or 0.0,
        engine_s=sums["sum_engine_s"] or 0.0,
        gpu_s=sums["sum_gpu_s"] or 0.0,
        cost=sums["sum_cost"],
    )


def _recent(since: datetime, now: datetime) -> Combinable:
    """A shard's verdicts since a moment: all of them, times the part of its time that lies after it."""
    start, end = F("sent_at"), Coalesce(F("finished_at"), Value(now, output_field=DateTimeField()))
    after = Greatest(start, Value(since, output_field=DateTimeField()))
    part = _seconds(end, after) / Greatest(_seconds(end, start), Value(1e-3))
    n_verdicts = reduce(add, (F(f"n_{outcome}") for outcome in Outcome))
    return Case(When(sent_at__isnull=False, then=n_verdicts * Greatest(part, Value(0.0))), output_field=FloatField())


def _seconds(end: Combinable, start: Combinable) -> Func:
    span = ExpressionWrapper(end - start, output_field=DurationField())
    return Func(span, template="EXTRACT(EPOCH FROM %(expressions)s)::float8", output_field=FloatField())


def verdict_samples(run: Run, shown: Outcome | Flag, *, viewer: User, n: int = N_SAMPLES) -> list[VerdictSample]:
    """The run's newest live verdicts of an outcome or flag, and their items; none on an item that the viewer holds."""
    live = Verdict.objects.live().filter(run=run)
    found = live.flagged(shown) if isinstance(shown, Flag) else live.filter(judgement__outcome=shown)
    newest = list(found.select_related("judgement__item").order_by("-judgement_id")[:n])
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
