"""A fitted judge's held-out figures on a terminal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import OutputWrapper

from models_llm.models import JudgeVersion


def write_evaluation(out: OutputWrapper, version: JudgeVersion) -> None:
    """One line for the version, and one for each criterion with interval and n."""
    evaluation = version.evaluation or {}
    out.write(
        f"{version.rater}: fitted on {evaluation['n_fitted']} items, evaluated on {evaluation['n_held_out']} others"
    )
    for row in evaluation["criteria"]:
        note = f" ({row['note']})" if row["note"] else ""
        out.write(
            f"  {row['key']}: accuracy {_figure(row['accuracy'])}, always the commonest level "
            f"{_figure(row['majority'])}, kappa {_figure(row['kappa'])}, n = {row['accuracy']['n_items']}{note}"
        )


def _figure(estimate: dict[str, Any]) -> str:
    if estimate["value"] is None:
        return f"undefined: {estimate['undefined']}"
    if estimate["low"] is None:
        return f"{estimate['value']:.3f}"
    return f"{estimate['value']:.3f} [{estimate['low']:.3f}, {estimate['high']:.3f}]"
