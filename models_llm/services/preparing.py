"""Drawing the items of a run and cutting them into shards: a worker's work, because items may be millions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count, islice
from typing import Final

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from annotations.sentences import sentence as _
from annotations.services.worker_leases import LeaseEndedError, heartbeat, holder_name, lease_end
from models_llm.choices import Queue, RunState, Which
from models_llm.models import Run, Shard
from models_llm.parsing import storable
from models_llm.selectors.selection import Drawn, cut, draw_items, stored_selection
from models_llm.services.feeding import complete_run, feed

_SHARDS_AT_ONCE: Final = 100

log = structlog.get_logger(__name__)


def prepare_run(*, run_id: int) -> bool:
    """Give a run its shards and let them be judged, if nobody else is about it; otherwise do nothing.

    It is done in pieces, each in a transaction of its own, so that the run can be looked at, paused and cancelled
    meanwhile. Where a worker stops in the middle the next one begins again, for the items may be others by then.

    Returns: whether the run was prepared here.
    """
    run = _lease(run_id)
    if run is None:
        return False
    with structlog.contextvars.bound_contextvars(run_id=run.pk):
        try:
            with heartbeat(lambda: _renew(run), every_s=settings.LEASE_S / 3):
                _prepare(run)
        except LeaseEndedError:
            return False
        except (OperationalError, InterfaceError) as err:
            log.warning("the database failed while a run was prepared; it is prepared again", error=str(err))
            connection.close()
            return False
        except Exception as err:
            log.exception("preparing a run failed", error=str(err))
            _give_up(run, err)
            return False
        log.info("run prepared", n_items=run.n_items)
    return True


def new_shards(run: Run, drawn: Drawn, *, redo_before: datetime | None) -> Iterator[list[Shard]]:
    """The items as shards behind those that the run has, a few at a time, not stored yet."""
    newest = run.shards.aggregate(newest=Max("number"))["newest"]
    shards = (
        Shard(run=run, number=number, item_ids=piece, redo_before=redo_before)
        for number, piece in zip(count((newest or 0) + 1), cut(drawn, run.shard_size), strict=False)
    )
    while batch := list(islice(shards, _SHARDS_AT_ONCE)):  # `bulk_create` would hold all of them at once
        yield batch


def _lease(run_id: int) -> Run | None:
    is_free = Q(leased_by="") | Q(lease_expires_at__lt=timezone.now())
    holder = holder_name()
    leased = Run.objects.filter(is_free, pk=run_id, state=RunState.PREPARING).update(
        leased_by=holder, lease_expires_at=lease_end()
    )
    if not leased:
        return None
    return Run.objects.select_related("judge_version__judge").get(pk=run_id, leased_by=holder)


def _prepare(run: Run) -> None:
    """Raises: LeaseEndedError."""
    selection = stored_selection(run)
    with _held(run):
        run.shards.all().delete()  # of a worker that stopped in the middle
    with transaction.atomic():
        drawn = draw_items(run.judge_version, selection, seed=run.seed)
    run.n_items = len(drawn.item_ids)
    with _held(run):
        run.save(update_fields=["n_items"])
    for shards in new_shards(run, drawn, redo_before=None if selection.which is Which.MISSING else run.created_at):
        with _held(run):
            Shard.objects.bulk_create(shards)
    with _held(run):
        Run.objects.filter(pk=run.pk).update(
            state=RunState.RUNNING, prepared_at=timezone.now(), leased_by="", lease_expires_at=None
        )
        if not complete_run(run_id=run.pk):
            feed(Queue(run.judge_version.queue))


@contextmanager
def _held(run: Run) -> Iterator[None]:
    """A transaction in which the run stays ours: it is paused, cancelled or taken over before or after, never inside.

    Raises: LeaseEndedError, if that has happened.
    """
    with transaction.atomic():
        if not _renew(run):
            raise LeaseEndedError
        yield


def _renew(run: Run) -> bool:
    ours = Run.objects.filter(pk=run.pk, state=RunState.PREPARING, leased_by=run.leased_by)
    return bool(ours.update(lease_expires_at=lease_end()))


def _give_up(run: Run, err: Exception) -> None:
    """Pause the run: what nobody foresaw does not go away by itself."""
    reason = storable(f"{type(err).__name__}: {err}")[:1000]
    Run.objects.filter(pk=run.pk, state=RunState.PREPARING, leased_by=run.leased_by).update(
        state=RunState.PAUSED,
        note=_(
            "its items could not be drawn (%(reason)s). Resume it to try again; the worker's log says more",
            reason=reason,
        ),
    )
