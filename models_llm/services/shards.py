"""Judging one shard under a lease."""

from __future__ import annotations

import os
import socket
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import lru_cache, reduce
from operator import add
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotations.choices import Outcome, Visible
from annotations.errors import AlreadyJudgedError
from annotations.models import Judgement
from annotations.services.judgements import NewJudgement, record_judgements
from models_llm.choices import Queue, RunState, ShardState
from models_llm.engines import Usage, in_flow
from models_llm.errors import EngineError, JudgeError, MissingExtraError
from models_llm.judging import ItemVerdict, Judge, stream
from models_llm.models import Run, Shard
from models_llm.selectors.judged_items import judged_items
from models_llm.selectors.judges import build_version
from models_llm.services.feeding import complete_run, feed
from models_llm.services.leases import MOST_ATTEMPTS, heartbeat, lease_end
from models_llm.services.verdicts import copy_verdicts

CHUNK: Final = 200
"""Verdicts that are stored together, at most."""

WAIT_S: Final = 2.0
"""How long a verdict waits for others to be stored with: with `CHUNK`, what a killed worker loses at most."""

log = structlog.get_logger(__name__)


class LeaseEndedError(Exception):
    """The shard is another worker's by now, or its run is no longer running."""


def judge_shard(*, shard_id: int) -> int:
    """Judge what is left of a shard, if it is free to take; otherwise do nothing.

    Items that have a verdict already are left alone, so a shard may be judged any number of times, also by two
    workers at once: whoever lost the lease stores nothing more.

    Returns: how many verdicts were stored.
    """
    shard = _lease(shard_id)
    if shard is None:
        return 0
    with structlog.contextvars.bound_contextvars(run_id=shard.run_id, shard=shard.number):
        n_stored = 0
        try:
            with in_flow(f"run {shard.run_id}"), heartbeat(lambda: _renew(shard), every_s=settings.LEASE_S / 3):
                for n_chunk in _judge(shard):
                    n_stored += n_chunk
            _finish(shard)
        except LeaseEndedError:
            _release(shard)
        log.info("shard judged", n_stored=n_stored)
    complete_run(run_id=shard.run_id)
    feed(Queue(shard.run.judge_version.queue))
    return n_stored


def _lease(shard_id: int) -> Shard | None:
    now = timezone.now()
    is_free = Q(state=ShardState.WAITING) | Q(state=ShardState.LEASED, lease_expires_at__lt=now)
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    leased = Shard.objects.filter(is_free, pk=shard_id, run__state=RunState.RUNNING).update(
        state=ShardState.LEASED,
        leased_by=holder,
        lease_expires_at=lease_end(),
        sent_at=now,
        attempts=F("attempts") + 1,
    )
    if not leased:
        return None
    return Shard.objects.select_related("run__judge_version__rubric", "run__judge_version__rater").get(
        pk=shard_id, leased_by=holder
    )


def _judge(shard: Shard) -> Iterator[int]:
    """Judge what is left and store verdicts as they come; how many each time."""
    item_ids = _unjudged(shard, shard.item_ids)
    try:
        if shard.attempts > MOST_ATTEMPTS:
            raise JudgeError(f"given up: {MOST_ATTEMPTS} workers stopped while they judged this shard")
        judge = _judge_of(shard.run.judge_version_id, shard.run.seed)
        items = judged_items(item_ids, with_groups=judge.wants_groups)
        with closing(stream(judge, items, most=CHUNK, wait_s=WAIT_S)) as batches:
            for batch in batches:
                yield _store(shard, {item_ids[at]: verdict for at, verdict in batch})
    except (JudgeError, EngineError, MissingExtraError) as err:
        failure = ItemVerdict(Outcome.FAILED, error=str(err))
        yield _store(shard, dict.fromkeys(_unjudged(shard, shard.item_ids), failure))


def _unjudged(shard: Shard, item_ids: Sequence[int]) -> list[int]:
    """Those of the items that have no live verdict yet, or only one that is to be superseded."""
    live = Judgement.objects.live().filter(rater_id=shard.run.judge_version.rater_id, item_id__in=item_ids)
    if shard.redo_before is not None:
        live = live.filter(created_at__gte=shard.redo_before)
    judged = set(live.values_list("item_id", flat=True))
    return [item_id for item_id in item_ids if item_id not in judged]


@lru_cache(maxsize=4)
def _judge_of(version_id: int, seed: int) -> Judge:
    """A version never changes, so a process keeps its judge: loading a model for every shard would cost more."""
    return build_version(version_id, seed=seed)


def _store(shard: Shard, verdicts: Mapping[int, ItemVerdict]) -> int:
    """Store verdicts by item in one transaction, if the lease still holds.

    Returns: how many were stored; an item that has a verdict of this version by now keeps it.
    Raises: LeaseEndedError.
    """
    while True:
        with transaction.atomic():
            _renew_or_stop(shard)
            left = _unjudged(shard, list(verdicts))
            try:
                return _store_left(shard, {item_id: verdicts[item_id] for item_id in left})
            except AlreadyJudgedError:
                # Another run of the same version stored one of these items meanwhile: what is left is less now.
                continue


def _store_left(shard: Shard, verdicts: Mapping[int, ItemVerdict]) -> int:
    run = shard.run
    replaced = _own_outcomes(run, verdicts) if shard.redo_before is not None else Counter()
    seen = run.judge_version.seen_item_ids
    stored = record_judgements(
        rater=run.judge_version.rater,
        rubric=run.judge_version.rubric,
        judgements=[
            _new_judgement(item_id, verdict, Visible.ASSISTED if item_id in seen else Visible.BLIND)
            for item_id, verdict in verdicts.items()
        ],
        visible=Visible.BLIND,
        existing="refuse" if shard.redo_before is None else "supersede",
    )
    copy_verdicts(run, ((stored[item_id], verdict) for item_id, verdict in verdicts.items()))
    _count(shard, verdicts.values(), replaced)
    return len(stored)


def _own_outcomes(run: Run, item_ids: Iterable[int]) -> Counter[str]:
    """Outcomes of the run's own verdicts that are about to be superseded."""
    live = Judgement.objects.live().filter(verdict__run=run, item_id__in=list(item_ids))
    return Counter(live.values_list("outcome", flat=True))


def _new_judgement(item_id: int, verdict: ItemVerdict, visible: Visible) -> NewJudgement:
    distributions = verdict.distributions
    return NewJudgement(
        item_id=item_id,
        outcome=verdict.outcome,
        levels=verdict.levels,
        scores=verdict.scores,
        distributions=None if distributions is None else tuple(share for shares in distributions for share in shares),
        rationales=verdict.rationales or None,
        visible=visible,
    )


def _count(shard: Shard, verdicts: Iterable[ItemVerdict], replaced: Counter[str]) -> None:
    """Add stored verdicts to the shard's counts, in the transaction that stores them."""
    verdicts = list(verdicts)
    counts = Counter(verdict.outcome.value for verdict in verdicts)
    counts.subtract(replaced)
    usage = reduce(add, (verdict.usage for verdict in verdicts), Usage())
    sums = {name: Coalesce(F(name), Value(0)) + value for name, value in asdict(usage).items() if value is not None}
    Shard.objects.filter(pk=shard.pk).update(
        **{f"n_{outcome}": F(f"n_{outcome}") + n for outcome, n in counts.items()}, **sums
    )


def _renew_or_stop(shard: Shard) -> None:
    """Renew the lease, and keep the shard's row locked until the end of the transaction.

    Raises: LeaseEndedError, if the shard is not ours any more or its run is paused, cancelled or over.
    """
    renewed = Shard.objects.filter(
        pk=shard.pk, state=ShardState.LEASED, leased_by=shard.leased_by, run__state=RunState.RUNNING
    ).update(lease_expires_at=lease_end())
    if not renewed:
        raise LeaseEndedError


def _finish(shard: Shard) -> None:
    Shard.objects.filter(pk=shard.pk, state=ShardState.LEASED, leased_by=shard.leased_by).update(
        state=ShardState.DONE, lease_expires_at=None, finished_at=timezone.now()
    )


def _release(shard: Shard) -> None:
    """Give an unfinished shard back, if it is still ours; being stopped is no failed attempt."""
    Shard.objects.filter(pk=shard.pk, state=ShardState.LEASED, leased_by=shard.leased_by).update(
        state=ShardState.WAITING,
        leased_by="",
        lease_expires_at=None,
        sent_at=None,
        attempts=F("attempts") - 1,
    )


def _renew(shard: Shard) -> None:
    """Renew the lease while an engine takes its time over a chunk."""
    Shard.objects.filter(pk=shard.pk, state=ShardState.LEASED, leased_by=shard.leased_by).update(
        lease_expires_at=lease_end()
    )
