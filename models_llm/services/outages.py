"""Runs whose engine cannot be asked: they stand still, and try again by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from annotations.sentences import sentence as _
from models_llm.choices import RunState, ShardState
from models_llm.errors import OutageError, UnusableError
from models_llm.models import Run, Shard
from models_llm.parsing import storable

RETRY_AFTER: Final = timedelta(seconds=60)


def pause_for_outage(*, run_id: int, outage: OutageError) -> None:
    """Pause a running run for as long as nobody answers, and say who does not and what to do."""
    Run.objects.filter(pk=run_id, state=RunState.RUNNING).update(
        state=RunState.PAUSED,
        note=_("%(outage)s. See to its servers, then resume the run", outage=outage),
        retry_at=timezone.now() + RETRY_AFTER,
    )


def pause_unusable(*, run_id: int, reason: UnusableError) -> None:
    """Pause a running run whose judge cannot work here, until somebody has seen to it: no item fails for it."""
    Run.objects.filter(pk=run_id, state=RunState.RUNNING).update(
        state=RunState.PAUSED,
        note=storable(f"the judge cannot be used in this worker: {reason}. See to it, then resume the run")[:2000],
    )


@transaction.atomic
def resume_after_outages() -> int:
    """Let runs try again whose time has come; how many. Where the servers are still out, they are paused again."""
    due = Run.objects.filter(state=RunState.PAUSED, retry_at__lte=timezone.now())
    resumed = list(due.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    due.filter(pk__in=resumed).update(state=RunState.RUNNING, note="", retry_at=None)
    # Messages that came while they stood still were thrown away.
    Shard.objects.filter(run__in=resumed, state=ShardState.WAITING, sent_at__isnull=False).update(sent_at=None)
    return len(resumed)
