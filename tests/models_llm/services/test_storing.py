"""Verdicts that come when the run is no longer what it was."""

from __future__ import annotations

import pytest

from annotations.choices import Outcome
from annotations.models import Judgement
from annotations.services.worker_leases import LeaseEndedError
from models_llm.judging import ItemVerdict
from models_llm.services import shards
from models_llm.services.runs import cancel_run, pause_run
from models_llm.services.storing import store
from tests.models_llm.services.judged_projects import project_with_items, scripted_version, started_run

pytestmark = pytest.mark.django_db
FAILED = ItemVerdict(Outcome.FAILED, error="no answer")


def test_what_was_judged_while_the_run_was_paused_is_stored_and_after_it_was_cancelled_nothing() -> None:
    run = started_run(version=scripted_version(project_with_items(2)))
    shard = shards._lease(run.shards.get().pk)
    assert shard is not None
    first, second = shard.item_ids

    pause_run(run=run)
    assert store(shard, {first: FAILED}) == 1

    cancel_run(run=run)
    with pytest.raises(LeaseEndedError):
        store(shard, {second: FAILED})
    assert Judgement.objects.get().item_id == first
