"""Closed vocabularies of judges, runs and data sets."""

from __future__ import annotations

from enum import StrEnum


class JudgeKind(StrEnum):
    """How a judge comes to its ratings."""

    POINTWISE = "pointwise"
    BASELINE = "baseline"


class RunState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    COMPLETE = "complete"


class ShardState(StrEnum):
    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"


class Shape(StrEnum):
    """What a data set's rows are for."""

    JUDGED = "judged"
    SFT = "sft"
    KTO = "kto"
    DPO = "dpo"


class FileFormat(StrEnum):
    PARQUET = "parquet"
    JSONL = "jsonl"


class WorkState(StrEnum):
    """Of what a worker makes under a lease."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class Labels(StrEnum):
    """Whose ratings decide what an item is worth in a data set."""

    PEOPLE = "people"
    JUDGE = "judge"
    PEOPLE_THEN_JUDGE = "people-then-judge"
