"""What only a verdict has, beside its judgement, into its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Final

from annotations.choices import Outcome
from annotations.services.copying import as_array, as_json, as_number, as_text, as_text_array, copy_lines, escaped
from models_llm.engines import Usage
from models_llm.judging import ItemVerdict, call_record
from models_llm.models import Run
from models_llm.parsing import storable

_USAGE: Final = tuple(field.name for field in fields(Usage))
_COLUMNS: Final = ("judgement_id", "calls", "masses", "error", "flags", *_USAGE, "copied_from_id", "run_id")
_usage_values: Final = attrgetter(*_USAGE)


def copy_verdicts(
    run: Run,
    judgement_ids: Mapping[int, int],
    verdicts: Mapping[int, ItemVerdict],
    usages: Sequence[Usage],
    copied_from: Mapping[int, int],
) -> None:
    """Store the verdicts of a run beside their judgements, in the same transaction.

    Args:
        judgement_ids, verdicts, copied_from: by item; the last has only those that repeat another verdict.
        usages: of each verdict, in order; adding up its calls again would cost as much as storing it.
    """
    copy_lines(
        "models_llm_verdict",
        _COLUMNS,
        [
            b"%d\t%b\t%b\t%d\n"
            % (judgement_ids[item_id], _columns(verdict, usage), as_number(copied_from.get(item_id)), run.pk)
            for (item_id, verdict), usage in zip(verdicts.items(), usages, strict=True)
        ],
    )


def _columns(verdict: ItemVerdict, usage: Usage) -> bytes:
    calls = [call_record(call) for call in verdict.calls]
    return b"\t".join(
        (
            escaped(as_json(calls)),
            as_array(verdict.masses),
            as_text(_reason(verdict)),
            as_text_array(verdict.flags),
            *map(as_number, _usage_values(usage)),
        )
    )


def _reason(verdict: ItemVerdict) -> str:
    """Why there is no rating. There always is a reason: by it verdicts without ratings are found."""
    if verdict.outcome is Outcome.RATED:
        return ""
    return storable(verdict.error) or f"{verdict.outcome}, and nothing says why"
