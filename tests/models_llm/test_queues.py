"""Which worker takes whose shards, tried with real workers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models_llm.choices import Queue, RunState, ShardState
from models_llm.models import JudgeVersion, Run
from models_llm.services.judges import create_judge
from tests.conftest import ROOT
from tests.models_llm.services.judged_projects import project_with_items, started_run
from tests.workers import DEADLINE_S, wait_until, worker, worker_environment

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_a_prefork_worker_is_refused_the_engine_queue_with_the_reason(tmp_path: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "celery", "--app", "judge_platform", "worker", "--pool", "prefork"],
        cwd=ROOT, env=worker_environment(tmp_path), capture_output=True, text=True, timeout=DEADLINE_S, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "expected --pool threads or --pool solo" in refused.stderr
    assert "CUDA cannot be initialised again in a forked process" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_each_worker_judges_the_shards_of_its_own_queue(tmp_path: Path) -> None:
    project = project_with_items(3)
    runs = {}
    for queue in Queue:
        version = create_judge(project=project, name=queue.value, engine="scripted", model="", engine_settings={})
        JudgeVersion.objects.filter(pk=version.pk).update(queue=queue)  # as if it held a model
        runs[queue] = started_run(version=version)
    environment = worker_environment(tmp_path)

    def states() -> set[tuple[str, str]]:
        return set(Run.objects.values_list("judge_version__queue", "state"))

    with worker(environment, "--queues", "celery,judge", pool="prefork"):
        wait_until(lambda: (Queue.JUDGE, RunState.COMPLETE) in states(), "the judge queue is worked off")
        wait_until(lambda: runs[Queue.ENGINE].shards.filter(sent_at__isnull=False).exists(), "the other was sent")
    assert (Queue.ENGINE, RunState.RUNNING) in states()
    assert runs[Queue.ENGINE].shards.get().state == ShardState.WAITING

    # With the default queue, whose sweeps send again what nobody took within a lease.
    with worker(environment, "--queues", f"celery,{Queue.ENGINE}", pool="solo"):
        wait_until(lambda: (Queue.ENGINE, RunState.COMPLETE) in states(), "the engine queue is worked off")
