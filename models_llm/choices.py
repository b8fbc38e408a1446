"""Closed vocabularies of judges, runs and data sets."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class JudgeKind(StrEnum):
    """How a judge comes to its ratings."""

    POINTWISE = "pointwise"
    BASELINE = "baseline"
    PER_CRITERION = "per_criterion"
    SENIOR_REVIEWER = "senior_reviewer"
    PAIRWISE = "pairwise"
    LISTWISE = "listwise"
    JURY = "jury"
    REWARD_MODEL = "reward_model"
    RECORDED = "recorded"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Flag(StrEnum):
    """What a reader of a verdict should know of how it came about. Flags are counted and shown; they change nothing."""

    LOW_MASS = "low_mass"
    """On some criterion the model held less than 0.9 for all labels together: the prompt does not suit it."""

    RESAMPLED = "resampled"
    """On some criterion the first answer was uncertain, and further ones were drawn."""

    NO_RATIONALE = "no_rationale"
    """Reasons were asked for after the level, and no answer to that could be read."""

    ORDERS_DISAGREE = "orders_disagree"
    """On some criterion another candidate was preferred when the two changed places."""

    MEMBER_LEFT_OUT = "member_left_out"
    """A member of the jury gave no rating."""

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Queue(StrEnum):
    """Celery's queues. The rest of the work is on the default one."""

    JUDGE = "judge"
    """Shards whose judge waits for servers, or needs no accelerator: any worker with threads."""

    ENGINE = "engine"
    """Shards whose judge runs its model in the worker: one such process for each accelerator, never prefork."""


class Which(StrEnum):
    """Which items a run judges, by what the version has said of them."""

    MISSING = "missing"
    """Those without a verdict."""

    UNRATED = "unrated"
    """Those whose verdict has no rating."""

    ALL = "all"


class RunState(StrEnum):
    PREPARING = "preparing"
    """A worker draws its items and cuts them into shards, or is about to."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    COMPLETE = "complete"


UNDER_WAY: Final = (RunState.PREPARING, RunState.RUNNING)
"""States of a run that goes on by itself."""


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


class Labels(StrEnum):
    """Whose ratings decide what an item is worth in a data set."""

    PEOPLE = "people"
    JUDGE = "judge"
    PEOPLE_THEN_JUDGE = "people-then-judge"


class Decision(StrEnum):
    """What a check of an audit came to."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    """The interval reaches over the threshold: more items would decide."""

    NOT_APPLICABLE = "not applicable"
    """The check needs what this judge or project does not have; the reason says what."""

    NOT_RUN = "could not be run"
    """Too few of the altered items were rated; the reason says why."""
