"""Judging one shard under a lease."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Final

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, Q
from django.utils import timezone

from annotations.choices import Outcome
from annotations.sentences import said_by
from annotations.sentences import sentence as _
from annotations.services.worker_leases import MOST_ATTEMPTS, LeaseEndedError, heartbeat, holder_name, lease_end
from models_llm.choices import Queue, RunState, ShardState
from models_llm.engines import in_flow
from models_llm.errors import EngineError, JudgeError, MissingExtraError, OutageError, UnusableError
from models_llm.judging import ItemVerdict, Judge, stream
from models_llm.models import Run, Shard
from models_llm.parsing import storable
from models_llm.selectors.judged_items import judged_items
from models_llm.selectors.judges import build_version
from models_llm.services.feeding import complete_run, feed
from models_llm.services.outages import pause_for_outage, pause_unusable
from models_llm.services.reuse import find_equal, first_of_equals
from models_llm.services.storing import store, unjudged

CHUNK: Final = 200
"""Verdicts that are stored together, at most."""

WAIT_S: Final = 2.0
"""How long a verdict waits for others to be stored with: with `CHUNK`, what a killed worker loses at most."""

log = structlog.get_logger(__name__)


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
        n_stored = _judge_under_lease(shard)
        log.info("shard judged", n_stored=n_stored)
    complete_run(run_id=shard.run_id)
    feed(Queue(shard.run.judge_version.queue))
    return n_stored


def _judge_under_lease(shard: Shard) -> int:
    """Judge and store; whatever happens, the shard is done afterwards or free for another try."""
    n_stored = 0
    try:
        with in_flow(f"run {shard.run_id}"), heartbeat(lambda: _renew(shard), every_s=settings.LEASE_S / 3):
            for n_chunk in _judge(shard):
                n_stored += n_chunk
        _finish(shard)
    except LeaseEndedError:
        _release(shard)
    except UnusableError as err:
        log.warning("the judge cannot be used here; the run is paused", error=str(err))
        pause_unusable(run_id=shard.run_id, reason=err)
        _release(shard)
    except OutageError as err:
        log.warning("nobody answers; the run is paused", error=str(err))
        pause_for_outage(run_id=shard.run_id, outage=err)
        _release(shard)
    except (OperationalError, InterfaceError) as err:
        # Not the shard's fault, so no failed attempt. Where the database is still away, the lease runs out instead.
        log.warning("the database failed while a shard was judged; it is judged again", error=str(err))
        connection.close()
        _release(shard)
    except (Exception, CancelledError) as err:
        # What it was is not known here, so the shard is tried again, and given up when that does not help. If even
        # that fails, its lease runs out, so that it comes back no sooner.
        log.exception("judging a shard failed", error=str(err))
        if shard.attempts <= MOST_ATTEMPTS:
            _release(shard, error=f"{type(err).__name__}: {err}")
    return n_stored


def _lease(shard_id: int) -> Shard | None:
    now = timezone.now()
    is_free = Q(state=ShardState.WAITING) | Q(state=ShardState.LEASED, lease_expires_at__lt=now)
    holder = holder_name()
    leased = Shard.objects.filter(is_free, pk=shard_id, run__state=RunState.RUNNING).update(
        state=ShardState.LEASED,
        leased_by=holder,
        lease_expires_at=lease_end(),
        sent_at=now,
        attempts=F("attempts") + 1,
    )
    if not leased:
        return None
    shards = Shard.objects.select_related(
        "run__judge_version__rubric", "run__judge_version__rater", "run__judge_version__judge"
    )
    return shards.defer("run__judge_version__artifact").get(pk=shard_id, leased_by=holder)


def _judge(shard: Shard) -> Iterator[int]:
    """Judge what is left and store verdicts as they come; how many each time.

    Raises: UnusableError, if the judge cannot be built here or cannot begin; LeaseEndedError; OutageError.
    """
    item_ids = unjudged(shard, shard.item_ids)
    if shard.attempts > MOST_ATTEMPTS:
        why = (
            _(
                "given up: this shard was tried %(n)s times; the last time: %(fault)s",
                n=MOST_ATTEMPTS,
                fault=shard.error,
            )
            if shard.error
            else _("given up: this shard was tried %(n)s times, and its worker stopped each time", n=MOST_ATTEMPTS)
        )
        failure = ItemVerdict(Outcome.FAILED, error=why)
        yield store(shard, dict.fromkeys(item_ids, failure))
        return
    try:
        judge = _judge_of(shard.run.judge_version_id, shard.run.seed)
        if shard.redo_before is not None or judge.wants_groups:
            yield from _ask(shard, judge, item_ids)
        else:
            new = yield from _repeat(shard, item_ids)
            firsts = first_of_equals(new)
            yield from _ask(shard, judge, firsts)
            left = yield from _repeat(shard, sorted(set(new) - set(firsts)))
            yield from _ask(shard, judge, left)  # their firsts got no rating that could be repeated
    except (JudgeError, EngineError, MissingExtraError) as err:
        raise UnusableError(said_by(err)) from err


def _ask(shard: Shard, judge: Judge, item_ids: Sequence[int]) -> Iterator[int]:
    items = judged_items(item_ids, with_groups=judge.wants_groups)
    with closing(stream(judge, items, most=CHUNK, wait_s=WAIT_S)) as batches:
        for batch in batches:
            is_paused = _is_paused(shard)
            yield store(shard, {item_ids[at]: verdict for at, verdict in batch})
            if is_paused:
                raise LeaseEndedError


def _repeat(shard: Shard, item_ids: Sequence[int]) -> Generator[int, None, list[int]]:
    """Store what verdicts on equal items say; the items that have none are returned."""
    equal = find_equal(shard.run, item_ids)
    if equal:
        yield store(
            shard,
            {item_id: one.verdict for item_id, one in equal.items()},
            copied_from={item_id: one.verdict_id for item_id, one in equal.items()},
        )
    return [item_id for item_id in item_ids if item_id not in equal]


def _is_paused(shard: Shard) -> bool:
    return Run.objects.filter(pk=shard.run_id, state=RunState.PAUSED).exists()


@lru_cache(maxsize=4)
def _judge_of(version_id: int, seed: int) -> Judge:
    """A version never changes, so a process keeps its judge: loading a model for every shard would cost more."""
    return build_version(version_id, seed=seed)


def _finish(shard: Shard) -> None:
    Shard.objects.filter(pk=shard.pk, state=ShardState.LEASED, leased_by=shard.leased_by).update(
        state=ShardState.DONE, lease_expires_at=None, finished_at=timezone.now()
    )


def _release(shard: Shard, *, error: str = "") -> None:
    """Give an unfinished shard back, if it is still ours; without an error it counts as no attempt."""
    Shard.objects.filter(pk=shard.pk, state=ShardState.LEASED, leased_by=shard.leased_by).update(
        state=ShardState.WAITING,
        leased_by="",
        lease_expires_at=None,
        sent_at=None,
        attempts=F("attempts") - (0 if error else 1),
        error=storable(error)[:1000],
    )


def _renew(shard: Shard) -> None:
    """Renew the lease while an engine takes its time over a chunk."""
    Shard.objects.filter(pk=shard.pk, state=ShardState.LEASED, leased_by=shard.leased_by).update(
        lease_expires_at=lease_end()
    )
