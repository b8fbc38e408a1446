"""What a run may use, and stopping it when it has."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum

from annotations.sentences import joined
from annotations.sentences import sentence as _
from models_llm.choices import RunState
from models_llm.models import Run


def has_budget(run: Run) -> bool:
    return any(most is not None for most in (run.most_tokens, run.most_cost, run.most_gpu_s))


def stop_if_spent(run_id: int) -> None:
    """Pause a running run that has used up a budget, and note which; in the transaction that stores what it used."""
    run = Run.objects.get(pk=run_id)
    if note := joined(spent_budgets(run)):
        Run.objects.filter(pk=run_id, state=RunState.RUNNING).update(
            state=RunState.PAUSED, note=_("%(spent)s. Raise it, then resume the run", spent=note)
        )


def spent_budgets(run: Run) -> Iterator[str]:
    """A sentence for each budget of the run that is used up."""
    if not has_budget(run):
        return
    used = run.shards.aggregate(
        prompt=Sum("prompt_tokens"), completion=Sum("completion_tokens"), cost=Sum("cost"), gpu_s=Sum("gpu_s")
    )
    n_tokens = (used["prompt"] or 0) + (used["completion"] or 0)
    cost, gpu_s = used["cost"] or 0.0, used["gpu_s"] or 0.0
    if run.most_tokens is not None and n_tokens >= run.most_tokens:
        yield _(
            "its budget of %(most)s tokens is spent: it used %(used)s",
            most=f"{run.most_tokens:,}",
            used=f"{n_tokens:,}",
        )
    if run.most_cost is not None and cost >= run.most_cost:
        yield _("its budget of %(most)s is spent: it cost %(used)s", most=f"{run.most_cost:,.2f}", used=f"{cost:,.2f}")
    if run.most_gpu_s is not None and gpu_s >= run.most_gpu_s:
        yield _(
            "its budget of %(most)s GPU-seconds is spent: it used %(used)s",
            most=f"{run.most_gpu_s:,.0f}",
            used=f"{gpu_s:,.0f}",
        )
