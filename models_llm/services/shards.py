"""Judging one shard under a lease."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from annotations.choices import Outcome, Visible
from annotations.errors import AlreadyJudgedError
from annotations.models import Item, Judgement
from annotations.services.judgements import NewJudgement, record_judgements
from models_llm.choices import RunState, ShardState
from models_llm.errors import EngineError, JudgeError, MissingExtraError
from models_llm.judging import ItemVerdict, Judge, JudgedItem
from models_llm.models import Shard, Verdict
from models_llm.selectors.judges import build_version
from models_llm.services.feeding import complete_run, feed_run
from models_llm.services.leases import MOST_ATTEMPTS, heartbeat, lease_end

CHUNK: Final = 100
"""Items that are judged and stored together: what a killed worker loses at most."""

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
            with heartbeat(lambda: _renew(shard), every_s=settings.LEASE_S / 3):
                for n_chunk in _judge_chunks(shard):
                    n_stored += n_chunk
            _finish(shard)
        except LeaseEndedError:
            _release(shard)
        log.info("shard judged", n_stored=n_stored)
    if not complete_run(run_id=shard.run_id):
        feed_run(run_id=shard.run_id)
    return n_stored


def _lease(shard_id: int) -> Shard | None:
    now = timezone.now()
    is_free = Q(state=ShardState.WAITING) | Q(state=ShardState.LEASED, lease_expires_at__lt=now)
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    leased = Shard.objects.filter(is_free, pk=shard_id, run__state=RunState.RUNNING).update(
        state=ShardState.LEASED, leased_by=holder, lease_expires_at=lease_end(), attempts=F("attempts") + 1
    )
    if not leased:
        return None
    return Shard.objects.select_related("run__judge_version__rubric", "run__judge_version__rater").get(
        pk=shard_id, leased_by=holder
    )


def _judge_chunks(shard: Shard) -> Iterator[int]:
    """Judge and store chunk by chunk; how many verdicts each stored."""
    version = shard.run.judge_version
    item_ids = _remaining(shard)
    try:
        if shard.attempts > MOST_ATTEMPTS:
            raise JudgeError(f"given up: {MOST_ATTEMPTS} workers stopped while they judged this shard")
        judge = _judge_of(version.pk, shard.run.seed)
    except (JudgeError, EngineError, MissingExtraError) as err:
        failure = ItemVerdict(Outcome.FAILED, error=str(err))
        yield _store(shard, item_ids, [failure] * len(item_ids))
        return
    for start in range(0, len(item_ids), CHUNK):
        chunk = item_ids[start : start + CHUNK]
        yield _store(shard, chunk, _ask(judge, chunk))


def _remaining(shard: Shard) -> list[int]:
    """The shard's items that have no live verdict yet, or only one that is to be superseded."""
    live = Judgement.objects.live().filter(rater_id=shard.run.judge_version.rater_id, item_id__in=shard.item_ids)
    if shard.redo_before is not None:
        live = live.filter(created_at__gte=shard.redo_before)
    judged = set(live.values_list("item_id", flat=True))
    return [item_id for item_id in shard.item_ids if item_id not in judged]


@lru_cache(maxsize=4)
def _judge_of(version_id: int, seed: int) -> Judge:
    """A version never changes, so a process keeps its judge: loading a model for every shard would cost more."""
    return build_version(version_id, seed=seed)


def _ask(judge: Judge, item_ids: Sequence[int]) -> list[ItemVerdict]:
    rows = {
        pk: JudgedItem(context, tuple(candidates))
        for pk, context, candidates in Item.objects.filter(pk__in=item_ids).values_list("pk", "context", "candidates")
    }
    try:
        return judge.judge([rows[item_id] for item_id in item_ids])
    except (EngineError, MissingExtraError) as err:  # a model that cannot be loaded shows itself at first use
        return [ItemVerdict(Outcome.FAILED, error=str(err))] * len(item_ids)


def _store(shard: Shard, item_ids: Sequence[int], verdicts: Sequence[ItemVerdict]) -> int:
    """Store a chunk's verdicts in one transaction, if the lease still holds.

    Raises: LeaseEndedError.
    """
    given = dict(zip(item_ids, verdicts, strict=True))
    while True:
        with transaction.atomic():
            _renew_or_stop(shard)
            left = set(_remaining(shard))
            try:
                return _store_left(shard, {item_id: given[item_id] for item_id in item_ids if item_id in left})
            except AlreadyJudgedError:
                # Another run of the same version stored one of these items meanwhile: what is left is less now.
                continue


def _store_left(shard: Shard, verdicts: dict[int, ItemVerdict]) -> int:
    run = shard.run
    judgements = record_judgements(
        rater=run.judge_version.rater,
        rubric=run.judge_version.rubric,
        judgements=[_new_judgement(item_id, verdict) for item_id, verdict in verdicts.items()],
        visible=Visible.BLIND,
        existing="refuse" if shard.redo_before is None else "supersede",
    )
    Verdict.objects.bulk_create(
        Verdict(
            judgement=judgement,
            run=run,
            prompt_digest=verdict.prompt_digest,
            raw_text=verdict.raw_text,
            finish_reason=verdict.finish_reason,
            error=verdict.error,
            prompt_tokens=verdict.prompt_tokens,
            completion_tokens=verdict.completion_tokens,
            latency_ms=verdict.latency_ms,
            seed=run.seed,
        )
        for judgement, verdict in zip(judgements, verdicts.values(), strict=True)
    )
    return len(judgements)


def _new_judgement(item_id: int, verdict: ItemVerdict) -> NewJudgement:
    distributions = verdict.distributions
    return NewJudgement(
        item_id=item_id,
        outcome=verdict.outcome,
        levels=verdict.levels,
        distributions=None if distributions is None else tuple(share for shares in distributions for share in shares),
        rationales=verdict.rationales or None,
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
