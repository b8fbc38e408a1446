"""Verdicts of a shard into the database, with all that is counted of them, while its lease holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import reduce
from operator import add

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from annotations.choices import Visible
from annotations.errors import AlreadyJudgedError
from annotations.models import Judgement
from annotations.services.judgements import NewJudgement, record_judgements
from annotations.services.worker_leases import LeaseEndedError, lease_end
from models_llm.choices import RunState, ShardState
from models_llm.engines import Usage
from models_llm.judging import ItemVerdict
from models_llm.models import Run, Shard
from models_llm.parsing import storable
from models_llm.services.budgets import has_budget, stop_if_spent
from models_llm.services.verdicts import copy_verdicts


def unjudged(shard: Shard, item_ids: Sequence[int]) -> list[int]:
    """Those of the items that have no live verdict yet, or only one that is to be superseded."""
    live = Judgement.objects.live().filter(rater_id=shard.run.judge_version.rater_id, item_id__in=item_ids)
    if shard.redo_before is not None:
        live = live.filter(created_at__gte=shard.redo_before)
    judged = set(live.values_list("item_id", flat=True))
    return [item_id for item_id in item_ids if item_id not in judged]


def store(shard: Shard, verdicts: Mapping[int, ItemVerdict], *, copied_from: Mapping[int, int] | None = None) -> int:
    """Store verdicts by item in one transaction, if the lease still holds; pause a run whose budget is spent by them.

    Args:
        copied_from: for verdicts that repeat another, the id of that one by item.
    Returns: how many were stored; an item that has a verdict of this version by now keeps it.
    Raises: LeaseEndedError.
    """
    while True:
        try:
            with transaction.atomic():
                _renew_or_stop(shard)
                # In one order everywhere: two runs that store the same items must not wait for each other.
                left = {item_id: verdicts[item_id] for item_id in unjudged(shard, sorted(verdicts))}
                _store_left(shard, left, copied_from or {})
                return len(left)
        except AlreadyJudgedError:
            # Another run of the same version stored one of these items meanwhile: what is left is less now.
            continue


def _renew_or_stop(shard: Shard) -> None:
    """Renew the lease, and keep the shard's row locked until the end of the transaction.

    Raises: LeaseEndedError, if the shard is not ours any more or its run is cancelled or over. What was judged while
        it was being paused is stored.
    """
    renewed = Shard.objects.filter(
        pk=shard.pk,
        state=ShardState.LEASED,
        leased_by=shard.leased_by,
        run__state__in=[RunState.RUNNING, RunState.PAUSED],
    ).update(lease_expires_at=lease_end())
    if not renewed:
        raise LeaseEndedError


def _store_left(shard: Shard, verdicts: Mapping[int, ItemVerdict], copied_from: Mapping[int, int]) -> None:
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
    usages = [verdict.usage for verdict in verdicts.values()]
    copy_verdicts(run, stored, verdicts, usages, copied_from)
    outcomes = Counter(verdict.outcome.value for verdict in verdicts.values())
    outcomes.subtract(replaced)
    _count(shard, outcomes, usages, n_copied=sum(item_id in copied_from for item_id in verdicts))
    if has_budget(run):
        stop_if_spent(run.pk)


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
        rationales=tuple(map(storable, verdict.rationales)) or None,
        visible=visible,
    )


def _count(shard: Shard, outcomes: Counter[str], usages: Iterable[Usage], *, n_copied: int) -> None:
    """Add what was stored to the shard's counts, in the transaction that stores it."""
    used = reduce(add, usages, Usage())
    sums = {name: Coalesce(F(name), Value(0)) + value for name, value in asdict(used).items() if value is not None}
    Shard.objects.filter(pk=shard.pk).update(
        **{f"n_{outcome}": F(f"n_{outcome}") + n for outcome, n in outcomes.items()},
        n_copied=F("n_copied") + n_copied,
        **sums,
    )
