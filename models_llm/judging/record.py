"""Calls and verdicts as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.choices import Outcome
from models_llm.choices import Flag
from models_llm.engines import Completion, FinishReason, Usage
from models_llm.judging.protocol import Call, ItemVerdict
from models_llm.parsing import storable

_USAGE = ("prompt_tokens", "cached_tokens", "completion_tokens", "queue_s", "engine_s", "gpu_s", "cost")


def call_record(call: Call) -> dict[str, Any]:
    """The call as JSON; what is empty is left out. Text that PostgreSQL cannot hold is made storable."""
    completion = call.completion
    record = {
        "name": call.name,
        "prompt": call.prompt_digest,
        "text": storable(completion.text),
        "finish": completion.finish_reason.value,
        "weights": None if completion.weights is None else list(completion.weights),
        "error": storable(completion.error),
        "endpoint": completion.endpoint,
        **_usage_record(completion.usage),
    }
    return {name: value for name, value in record.items() if name == "text" or not _is_empty(value)}


def _usage_record(usage: Usage) -> dict[str, Any]:
    return {name: getattr(usage, name) for name in _USAGE}


def _read_usage(record: Mapping[str, Any]) -> Usage:
    return Usage(**{name: record[name] for name in _USAGE if name in record})


def _is_empty(value: Any) -> bool:
    """Nothing was said. A count of 0 is something."""
    return value is None or value == "" or (isinstance(value, float) and value == 0)


def read_call(record: Mapping[str, Any]) -> Call:
    """The call that a record was made of."""
    weights = record.get("weights")
    return Call(
        name=record.get("name", ""),
        prompt_digest=record.get("prompt", ""),
        completion=Completion(
            text=record["text"],
            finish_reason=FinishReason(record["finish"]),
            usage=_read_usage(record),
            weights=None if weights is None else tuple(weights),
            error=record.get("error", ""),
            endpoint=record.get("endpoint", ""),
        ),
    )


def verdict_record(verdict: ItemVerdict) -> dict[str, Any]:
    """The whole verdict as JSON."""
    return {
        "outcome": verdict.outcome.value,
        "levels": verdict.levels,
        "distributions": verdict.distributions,
        "scores": verdict.scores,
        "masses": verdict.masses,
        "rationales": [storable(text) for text in verdict.rationales],
        "error": storable(verdict.error),
        "calls": [call_record(call) for call in verdict.calls],
        "flags": [flag.value for flag in verdict.flags],
        "own": _usage_record(verdict.own),
    }


def read_verdict(record: Mapping[str, Any]) -> ItemVerdict:
    """The verdict that a record was made of."""
    distributions = record["distributions"]
    return ItemVerdict(
        Outcome(record["outcome"]),
        levels=_tuple(record["levels"]),
        distributions=None if distributions is None else tuple(map(tuple, distributions)),
        scores=_tuple(record["scores"]),
        masses=_tuple(record["masses"]),
        rationales=tuple(record["rationales"]),
        error=record["error"],
        calls=tuple(read_call(call) for call in record["calls"]),
        flags=tuple(Flag(flag) for flag in record["flags"]),
        own=_read_usage(record["own"]),
    )


def _tuple(values: Any) -> Any:
    return None if values is None else tuple(values)
