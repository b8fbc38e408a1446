"""Starting runs and changing their state. Every change is a conditional update, so two at once do no harm."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from annotations.choices import Outcome
from annotations.models import User
from annotations.sentences import joined
from annotations.sentences import sentence as _
from annotations.services.worker_leases import lease_end
from models_llm.choices import UNDER_WAY, Queue, RunState, ShardState
from models_llm.errors import JudgeError, RunStateError
from models_llm.handoff import prepare_run_soon
from models_llm.models import JudgeVersion, Run
from models_llm.selectors.selection import Selection, count_selected, selection_record, stored_selection
from models_llm.services.budgets import spent_budgets
from models_llm.services.feeding import feed

SHARD_SIZE: Final = 500
"""Items a worker leases at once: enough to make little of what a shard costs, and few enough to lose one."""

UNRATED: Final = (Outcome.UNPARSED, Outcome.REFUSED, Outcome.TRUNCATED, Outcome.FAILED)


@dataclass(frozen=True)
class Limits:
    """What a run may use and whom it goes before; may be changed while it runs.

    Attributes:
        priority: of runs that share workers, higher first.
        most_tokens, most_cost, most_gpu_s: budgets of tokens, money and seconds of an accelerator; None for none.
    """

    priority: int = 0
    most_tokens: int | None = None
    most_cost: float | None = None
    most_gpu_s: float | None = None


def start_run(
    *,
    version: JudgeVersion,
    selection: Selection | None = None,
    limits: Limits | None = None,
    seed: int = 0,
    shard_size: int = SHARD_SIZE,
    user: User | None = None,
) -> Run:
    """Begin to judge the selected items: a worker draws them and cuts them into shards, which workers then judge.

    Args:
        seed: of the judge's sampling, and of the draw where the selection has a limit.
        shard_size: items a worker leases at once.
    Raises: JudgeError, if the judge is a recorded one.
    """
    if version.judge.is_recorded:
        raise JudgeError(
            _(
                "“%(rater)s” is a recorded judge: its verdicts came with an import, and nothing can run",
                rater=version.rater,
            )
        )
    run = Run.objects.create(
        judge_version=version,
        selection=selection_record(selection or Selection()),
        shard_size=shard_size,
        seed=seed,
        created_by=user,
        lease_expires_at=lease_end(),
        **asdict(limits or Limits()),
    )
    prepare_run_soon(run.pk)
    return run


def rest_of(trial: Run) -> Selection:
    """What a trial leaves of its selection: nothing that it judged is judged again."""
    asked = stored_selection(trial)
    limit = None if asked.limit is None else max(0, asked.limit - (trial.n_items or 0))
    return replace(asked, is_trial=False, limit=limit, beyond_run_id=trial.pk)


def count_rest(trial: Run) -> int:
    """How many items a trial leaves."""
    return count_selected(trial.judge_version, rest_of(trial))


def run_rest(*, trial: Run, limits: Limits | None = None, user: User | None = None) -> Run:
    """Judge what a trial leaves, with its seed, and its priority and budgets unless others are given.

    Raises: RunStateError, if the run is no trial or not complete.
    """
    if not stored_selection(trial).is_trial or trial.state != RunState.COMPLETE:
        raise RunStateError(
            _(
                "expected a trial that is complete, run %(trial)s is %(state)s and goes on by itself",
                trial=trial.pk,
                state=trial.state,
            )
        )
    return start_run(
        version=trial.judge_version,
        selection=rest_of(trial),
        limits=limits or limits_of(trial),
        seed=trial.seed,
        user=user,
    )


def limits_of(run: Run) -> Limits:
    return Limits(run.priority, run.most_tokens, run.most_cost, run.most_gpu_s)


def set_limits(*, run: Run, limits: Limits) -> None:
    """Change the priority and the budgets of a run; they hold from the next shard on."""
    Run.objects.filter(pk=run.pk).update(**asdict(limits))
    run.refresh_from_db()


def pause_run(*, run: Run) -> None:
    """Stop handing out shards; a worker in the middle of one, or of preparing the run, stops at its next piece.

    A run that an outage has paused stays so, and does not try again by itself.
    """
    if Run.objects.filter(pk=run.pk, state=RunState.PAUSED, retry_at__isnull=False).update(retry_at=None):
        run.refresh_from_db()
    else:
        _change(run, UNDER_WAY, RunState.PAUSED)


@transaction.atomic
def resume_run(*, run: Run) -> None:
    """Let a paused run go on, from the beginning of its preparation if it was not prepared.

    Raises: RunStateError, if it is not paused, or a budget is spent and was not raised.
    """
    run.refresh_from_db()
    if run.state == RunState.PAUSED and (spent := joined(spent_budgets(run))):
        raise RunStateError(_("%(spent)s: raise it, then resume run %(run)s", spent=spent, run=run.pk))
    if run.prepared_at is None:
        _change(run, [RunState.PAUSED], RunState.PREPARING, leased_by="", lease_expires_at=lease_end())
        prepare_run_soon(run.pk)
        return
    _change(run, [RunState.PAUSED], RunState.RUNNING)
    # Messages that came while it stood still were thrown away.
    run.shards.filter(state=ShardState.WAITING, sent_at__isnull=False).update(sent_at=None)
    feed(Queue(run.judge_version.queue))


def cancel_run(*, run: Run) -> None:
    """End the run; the verdicts it has stay."""
    _change(run, (*UNDER_WAY, RunState.PAUSED), RunState.CANCELLED, finished_at=timezone.now())


CHANGES: Final[Mapping[str, Callable[..., None]]] = {
    "pause": pause_run,
    "resume": resume_run,
    "cancel": cancel_run,
}
"""What a door may ask by name; each takes `run`."""


def _change(run: Run, expected: Collection[RunState], state: RunState, **fields: Any) -> None:
    changed = Run.objects.filter(pk=run.pk, state__in=expected).update(state=state, note="", retry_at=None, **fields)
    run.refresh_from_db(fields=["state", "note", "retry_at", *fields])
    if not changed:
        names = " or ".join(sorted(expected))
        raise RunStateError(
            _("expected a run that is %(wanted)s, run %(run)s is %(state)s", wanted=names, run=run.pk, state=run.state)
        )
