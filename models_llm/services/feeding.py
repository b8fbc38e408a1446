"""Which shards are handed to workers, and when again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from models_llm.choices import RunState, ShardState
from models_llm.handoff import judge_shard_soon
from models_llm.models import Run, Shard

AHEAD: Final = 8
"""Shards of a run that are with workers or on their way; no more, so that pausing and cancelling take hold."""


@transaction.atomic
def feed_run(*, run_id: int) -> int:
    """Send messages for the run's next shards until `AHEAD` are on their way.

    A shard whose lease ran out, or whose message did not arrive within a lease, counts as not on its way.

    Returns: how many messages are sent after commit.
    """
    runs = Run.objects.select_related("judge_version").select_for_update(of=("self",))
    run = runs.filter(pk=run_id, state=RunState.RUNNING).first()
    if run is None:
        return 0
    now = timezone.now()
    overdue = now - timedelta(seconds=settings.LEASE_S)
    open_shards = run.shards.exclude(state=ShardState.DONE)
    is_leased = Q(state=ShardState.LEASED, lease_expires_at__gte=now)
    is_sent = Q(state=ShardState.WAITING, sent_at__gte=overdue)
    n_free = AHEAD - open_shards.filter(is_leased | is_sent).count()
    if n_free <= 0:
        return 0
    # Not the negation of the above: a shard that was never sent has no `sent_at`, and null compares to nothing.
    is_lost = Q(state=ShardState.LEASED, lease_expires_at__lt=now)
    is_unsent = Q(state=ShardState.WAITING) & (Q(sent_at__isnull=True) | Q(sent_at__lt=overdue))
    next_shards = open_shards.filter(is_lost | is_unsent).order_by("number")
    shard_ids = list(next_shards.select_for_update(skip_locked=True).values_list("pk", flat=True)[:n_free])
    Shard.objects.filter(pk__in=shard_ids).update(state=ShardState.WAITING, leased_by="", sent_at=now)
    for shard_id in shard_ids:
        judge_shard_soon(shard_id, queue=run.judge_version.queue)
    return len(shard_ids)


def sweep_runs() -> int:
    """Feed every running run, and close those whose last worker died before it could.

    Returns: how many messages are sent.
    """
    n_sent = 0
    for run_id in Run.objects.filter(state=RunState.RUNNING).order_by("pk").values_list("pk", flat=True):
        if not complete_run(run_id=run_id):
            n_sent += feed_run(run_id=run_id)
    return n_sent


def complete_run(*, run_id: int) -> bool:
    """Close a running run that has no open shard; of many workers that try, one does it."""
    open_shards = Shard.objects.filter(run_id=OuterRef("pk")).exclude(state=ShardState.DONE)
    changed = Run.objects.filter(~Exists(open_shards), pk=run_id, state=RunState.RUNNING).update(
        state=RunState.COMPLETE, finished_at=timezone.now()
    )
    return bool(changed)
