"""Judging again what got no rating: asked for at once, collected and cut into shards by a worker."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from annotations.choices import Outcome, WorkState
from annotations.models import Item, User
from annotations.sentences import sentence as _
from annotations.services.leased_work import close, request
from models_llm.choices import Queue, RunState
from models_llm.errors import RunStateError
from models_llm.models import Retry, Run, Shard, Verdict
from models_llm.selectors.selection import read_items
from models_llm.services.feeding import complete_run, feed
from models_llm.services.leased_work import make
from models_llm.services.preparing import new_shards


@transaction.atomic
def request_retry(
    *,
    run: Run,
    outcomes: Collection[Outcome] = (Outcome.FAILED,),
    item_ids: Collection[int] | None = None,
    user: User | None = None,
) -> Retry:
    """Have those of the run's items judged again whose verdict ended so by now; the new verdicts supersede the old.

    A run that is complete goes on; one that runs takes them last, one that is paused when it goes on.

    Args:
        outcomes: which; none may be RATED.
        item_ids: only these of them; all unless given.
    Raises: RunStateError, if the run is cancelled (it would take up the rest of its items again), or an outcome is
        RATED.
    """
    if Outcome.RATED in outcomes:
        raise RunStateError(_("expected outcomes without ratings to retry, got “rated”"))
    Run.objects.filter(pk=run.pk, state=RunState.COMPLETE).update(state=RunState.RUNNING, finished_at=None)
    run.refresh_from_db(fields=["state", "finished_at"])
    _check(run)
    return request(
        Retry,
        project=run.judge_version.judge.project,
        run=run,
        outcomes=sorted(outcomes),
        item_ids=None if item_ids is None else sorted(item_ids),
        user=user,
    )


def cut_retry(*, retry_id: int) -> bool:
    """Give the run of a retry that is free to take its further shards; otherwise do nothing.

    Returns: whether they were cut here, or it failed.
    """
    is_ours = make(Retry, retry_id, _cut)
    if is_ours:
        complete_run(run_id=Retry.objects.values_list("run_id", flat=True).get(pk=retry_id))
    return is_ours


@transaction.atomic
def _cut(retry: Retry) -> bool:
    """The shards and the end of the retry, both or neither; until then the run is not closed."""
    runs = Run.objects.select_related("judge_version__judge").select_for_update(no_key=True, of=("self",))
    run = runs.get(pk=retry.run_id)
    _check(run)
    unrated = Verdict.objects.live().unrated().filter(run=run, judgement__outcome__in=retry.outcomes)
    # A verdict that came after it was asked for would not be superseded by its shards.
    unrated = unrated.filter(judgement__created_at__lt=retry.created_at)
    if retry.item_ids is not None:
        unrated = unrated.filter(judgement__item_id__in=retry.item_ids)
    found = read_items(run.judge_version, Item.objects.filter(pk__in=unrated.values("judgement__item_id")))
    if len(found.item_ids):
        for shards in new_shards(run, found, redo_before=retry.created_at):
            Shard.objects.bulk_create(shards)
        feed(Queue(run.judge_version.queue))
    close(retry, state=WorkState.READY, n_items=len(found.item_ids))
    return True


def _check(run: Run) -> None:
    if run.state == RunState.CANCELLED:
        raise RunStateError(
            _(
                "run %(run)s is cancelled and judges no more: start a run over the items whose verdict has no rating",
                run=run.pk,
            )
        )
