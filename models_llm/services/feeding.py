"""Which shards are handed to workers, of which run, and when again."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotations.choices import WebhookEvent
from annotations.services.webhooks import emit
from annotations.services.worker_leases import lease_end
from models_llm.choices import Queue, RunState, ShardState
from models_llm.handoff import judge_shard_soon, prepare_run_soon
from models_llm.models import Retry, Run, Shard
from models_llm.services.outages import resume_after_outages

_FEEDING: Final = 4_021_978
"""First half of the key of our advisory locks; the second is the queue."""


@transaction.atomic
def feed(queue: Queue) -> int:
    """Send messages for the next shards of a queue until `SHARDS_AHEAD` are with workers or on their way.

    No more are sent, so that pausing, cancelling and priorities take hold. Runs of the highest priority that have
    shards left come first; among equals each shard goes to the run with fewest on the way, so a run that starts later
    gets its share at once. A shard whose lease ran out, or whose message did not arrive within a lease, is sent again.

    Returns: how many messages are sent after commit.
    """
    _take_turn(queue)
    now = timezone.now()
    _recall_lost(queue, now)
    runs = list(Run.objects.filter(judge_version__queue=queue, state=RunState.RUNNING))
    away = Counter(dict(_on_their_way(queue).values_list("run_id").annotate(n=Count("pk"))))
    n_free = settings.SHARDS_AHEAD - away.total()
    n_sent = 0
    while runs and n_sent < n_free:
        run = min(runs, key=lambda run: (-run.priority, away[run.pk], run.pk))
        shard_id = _next_shard(run)
        if shard_id is None:
            runs.remove(run)
        elif Shard.objects.filter(pk=shard_id, state=ShardState.WAITING).update(sent_at=now):
            judge_shard_soon(shard_id, queue=queue)
            away[run.pk] += 1
            n_sent += 1
    return n_sent


def sweep_runs() -> int:
    """See to all runs: close those whose last worker died before it could, let those try again that an outage stopped,
    feed every queue, and have those prepared that nobody prepares.

    Returns: how many messages are sent.
    """
    _complete(Run.objects.all())
    resume_after_outages()
    return sum(feed(queue) for queue in Queue) + _prepare_overdue()


def complete_run(*, run_id: int) -> bool:
    """Close a run that has no open shard, also one that was paused with its last; of many that try, one does it."""
    return bool(_complete(Run.objects.filter(pk=run_id)))


@transaction.atomic
def _complete(runs: QuerySet[Run]) -> int:
    open_shards = Shard.objects.filter(run_id=OuterRef("pk")).exclude(state=ShardState.DONE)
    retries = Retry.objects.unfinished().filter(run_id=OuterRef("pk"))
    is_over = (
        ~Exists(open_shards)
        & ~Exists(retries)
        & Q(state__in=[RunState.RUNNING, RunState.PAUSED], prepared_at__isnull=False)
    )
    # A retry holds its run while it adds shards: whoever waited for it here looks again below.
    over = list(runs.filter(is_over).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    n_complete = Run.objects.filter(is_over, pk__in=over).update(
        state=RunState.COMPLETE, finished_at=timezone.now(), note="", retry_at=None
    )
    if n_complete:
        _tell(Run.objects.filter(pk__in=over, state=RunState.COMPLETE))
    return n_complete


def _tell(complete: QuerySet[Run]) -> None:
    for run in complete.select_related("judge_version__rater__project").defer("judge_version__artifact"):
        rater = run.judge_version.rater
        emit(WebhookEvent.RUN_COMPLETE, rater.project, {"run": run.pk, "rater": rater.pk, "n_items": run.n_items})


def _prepare_overdue() -> int:
    overdue = Run.objects.filter(state=RunState.PREPARING, lease_expires_at__lt=timezone.now())
    n_sent = 0
    for run_id in overdue.order_by("pk").values_list("pk", flat=True):
        if overdue.filter(pk=run_id).update(leased_by="", lease_expires_at=lease_end()):
            prepare_run_soon(run_id)
            n_sent += 1
    return n_sent


def _take_turn(queue: Queue) -> None:
    """Wait until nobody else feeds the queue, and keep others out until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_FEEDING, list(Queue).index(queue)])


def _on_their_way(queue: Queue) -> QuerySet[Shard]:
    away = Shard.objects.exclude(state=ShardState.DONE).filter(sent_at__isnull=False)
    return away.filter(run__judge_version__queue=queue, run__state=RunState.RUNNING).order_by()


def _recall_lost(queue: Queue, now: datetime) -> None:
    is_lost = Q(state=ShardState.LEASED, lease_expires_at__lt=now) | Q(
        state=ShardState.WAITING, sent_at__lt=now - timedelta(seconds=settings.LEASE_S)
    )
    # One that is locked is being stored right now, which renews its lease.
    lost = _on_their_way(queue).filter(is_lost).select_for_update(skip_locked=True, of=("self",))
    Shard.objects.filter(pk__in=list(lost.values_list("pk", flat=True))).update(
        state=ShardState.WAITING, leased_by="", lease_expires_at=None, sent_at=None
    )


def _next_shard(run: Run) -> int | None:
    waiting = run.shards.exclude(state=ShardState.DONE).filter(sent_at__isnull=True)
    return waiting.order_by("number").values_list("pk", flat=True).first()
