"""However long a run is, the broker holds a handful of messages, which name shards."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from annotations.models import Project
from judge_platform.bench.stub import Stub
from models_llm.choices import RunState
from models_llm.models import Run
from tests.models_llm.failures.scene import N_ITEMS, prepare, served_version, start_run
from tests.workers import wait_until, worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_a_run_of_many_shards_has_few_messages_in_the_broker(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    environment = {**environment, "CELERY_BROKER_URL": "filesystem://", "LEASE_S": "60"}
    messages = Path(environment["VAR_DIR"]) / "broker" / "messages"
    stub.set(delay_s=0)
    served_version(project, stub)
    run = start_run(project, environment, shard_size=1)
    prepare(run, environment)
    assert run.shards.count() == N_ITEMS
    seen = [_n_messages(messages)]

    def is_over() -> bool:
        seen.append(_n_messages(messages))
        return Run.objects.get(pk=run.pk).state == RunState.COMPLETE

    with worker(environment):
        wait_until(is_over, "the run is complete")
    assert seen[0] == max(seen) == settings.SHARDS_AHEAD
    assert not list(messages.glob("*.judge.msg"))


def _n_messages(folder: Path) -> int:
    """Messages that name shards."""
    return len(list(folder.glob("*.judge.msg")))
