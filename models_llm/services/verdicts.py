"""What only a verdict has, beside its judgement, into its table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Final

from annotations.services.copying import as_array, as_json, as_number, as_text, as_text_array, copy_lines, escaped
from models_llm.engines import Usage
from models_llm.judging import ItemVerdict, call_record
from models_llm.models import Run

_USAGE: Final = tuple(field.name for field in fields(Usage))
_COLUMNS: Final = ("judgement_id", "calls", "masses", "error", "flags", *_USAGE, "run_id")
_usage_values: Final = attrgetter(*_USAGE)


def copy_verdicts(run: Run, verdicts: Iterable[tuple[int, ItemVerdict]]) -> None:
    """Store the verdicts of a run, each with the id of its judgement, which is stored in the same transaction."""
    tail = b"\t%d\n" % run.pk
    copy_lines("models_llm_verdict", _COLUMNS, [_columns(pk, verdict) + tail for pk, verdict in verdicts])


def _columns(judgement_id: int, verdict: ItemVerdict) -> bytes:
    return b"\t".join(
        (
            b"%d" % judgement_id,
            escaped(as_json([call_record(call) for call in verdict.calls])),
            as_array(verdict.masses),
            as_text(verdict.error),
            as_text_array(verdict.flags),
            *map(as_number, _usage_values(verdict.usage)),
        )
    )
