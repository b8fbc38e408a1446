"""What a run may use, and stopping it when it has."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum

from models_llm.choices import RunState
from models_llm.models import Run


def has_budget(run: Run) -> bool:
    return any(most is not None for most in (run.most_tokens, run.most_cost, run.most_gpu_s))


def stop_if_spent(run_id: int) -> None:
    """Pause a running run that has used up a budget, and note which; in the transaction that stores what it used."""
    run = Run.objects.get(pk=run_id)
    if note := "; ".join(spent_budgets(run)):
        Run.objects.filter(pk=run_id, state=RunState.RUNNING).update(
            state=RunState.PAUSED, note=f"{note}. Raise it, then resume the run"
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
        yield f"its budget of {run.most_tokens:,} tokens is spent: it used {n_tokens:,}"
    if run.most_cost is not None and cost >= run.most_cost:
        yield f"its budget of {run.most_cost:,.2f} is spent: it cost {cost:,.2f}"
    if run.most_gpu_s is not None and gpu_s >= run.most_gpu_s:
        yield f"its budget of {run.most_gpu_s:,.0f} GPU-seconds is spent: it used {gpu_s:,.0f}"
