"""A run over real processes, and what must be true of it whatever was broken in between."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Mapping

from django.conf import settings
from django.utils import timezone

from annotations.choices import Outcome
from annotations.models import Judgement, Project
from judge_platform.bench.stub import Stub
from models_llm.choices import RunState, ShardState
from models_llm.models import JudgeVersion, Retry, Run, Verdict
from models_llm.services.judges import create_judge
from models_llm.services.retrying import request_retry
from tests.conftest import ROOT
from tests.workers import stop, wait_until, worker

N_ITEMS = 125
SHARD_SIZE = 10


def served_version(project: Project, *stubs: Stub, **settings: object) -> JudgeVersion:
    """A judge served by the stubs, with few requests open, so that a run takes its time."""
    return create_judge(
        project=project,
        name="served",
        engine="openai_http",
        model="m",
        engine_settings={
            "urls": [stub.url for stub in stubs],
            "most_concurrency": 4,
            "backoff_s": 0.05,
            "health_s": 0.2,
            **settings,
        },
    )


def start_run(project: Project, environment: Mapping[str, str], *, shard_size: int = SHARD_SIZE) -> Run:
    """By the command, so that its messages go to the broker of the environment."""
    arguments = ["run_judge", "--project", project.slug, "--judge", "served", "--shard-size", str(shard_size)]
    subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=dict(environment), check=True, capture_output=True
    )
    return Run.objects.latest("pk")


def prepare(run: Run, environment: dict[str, str]) -> None:
    """By a worker that takes no shards, so that all messages are there that name the first ones.

    They are sent after the commit that lets the run begin, so the worker is left the time to end what it does.
    """
    with worker(environment, "--queues", settings.CELERY_TASK_DEFAULT_QUEUE) as process:
        wait_until(lambda: Run.objects.get(pk=run.pk).state == RunState.RUNNING, "the run is prepared")
        stop(process)


def retry(run: Run, outcomes: Collection[Outcome] = (Outcome.FAILED,)) -> None:
    """Asked for by this process, whose messages go to another broker: the sweep finds it, as one that was lost."""
    asked = request_retry(run=run, outcomes=outcomes)
    Retry.objects.filter(pk=asked.pk).update(lease_expires_at=timezone.now())


def wait_for_the_end(run: Run) -> None:
    wait_until(lambda: Run.objects.get(pk=run.pk).state == RunState.COMPLETE, "the run is complete")


def wait_until_stored(run: Run, n: int) -> None:
    wait_until(lambda: n_stored(run) >= n, f"{n} verdicts are stored")


def n_stored(run: Run) -> int:
    return Verdict.objects.filter(run=run).count()


def assert_one_outcome_an_item(run: Run, outcomes: Mapping[Outcome, int]) -> None:
    """Every item has one live verdict and no other, the counts of the shards say the same, and the run is closed."""
    run.refresh_from_db()
    project = run.judge_version.judge.project
    live = Judgement.objects.live().filter(rater=run.judge_version.rater)
    assert Counter(live.values_list("item_id", flat=True)) == Counter(project.items.values_list("pk", flat=True))
    assert Counter(live.values_list("outcome", flat=True)) == {outcome.value: n for outcome, n in outcomes.items()}
    assert counted(run) == outcomes
    assert run.state == RunState.COMPLETE
    assert set(run.shards.values_list("state", flat=True)) == {ShardState.DONE}


def counted(run: Run) -> dict[Outcome, int]:
    """What the shards' own counts say, summed."""
    sums = {outcome: sum(run.shards.values_list(f"n_{outcome}", flat=True)) for outcome in Outcome}
    return {outcome: n for outcome, n in sums.items() if n}
