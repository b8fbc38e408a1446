"""Closed vocabularies shared by tables and pure rooms.

Plain enums and not Django's `TextChoices`, because the pure rooms use them too and know no Django;
`annotations.models` turns them into field choices.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Scale(StrEnum):
    """Value type of a criterion."""

    BINARY = "binary"
    ORDINAL = "ordinal"
    NOMINAL = "nominal"
    PREFERENCE = "preference"


class ProjectKind(StrEnum):
    """What kind of candidate a project's items carry; decides how evidence is laid out."""

    INTEREST = "interest"
    TAG = "tag"
    EXPLANATION = "explanation"
    PREFERENCE = "preference"
    CUSTOM = "custom"


class Role(StrEnum):
    ANNOTATOR = "annotator"
    ADJUDICATOR = "adjudicator"
    LEAD = "lead"
    TRAINER = "trainer"


class RaterKind(StrEnum):
    """PERSON is one human being; PEOPLE is a published aggregate of several; JUDGE is a judge version."""

    PERSON = "person"
    PEOPLE = "people"
    JUDGE = "judge"


PEOPLE: Final = (RaterKind.PERSON, RaterKind.PEOPLE)
"""The kinds of rater that people are."""


class Outcome(StrEnum):
    """How a judgement ended. Only RATED carries levels; the others are counted and shown, never scored."""

    RATED = "rated"
    UNPARSED = "unparsed"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    FAILED = "failed"


class Visible(StrEnum):
    """What of other raters a rater could see before judging."""

    BLIND = "blind"
    ASSISTED = "assisted"
    UNKNOWN = "unknown"


class Purpose(StrEnum):
    """What an answer is for. Only WORK is measured; the others say something of the person, not of the item.

    GOLD looks like work to the annotator. SECOND is a revision made after judges were shown: it stands beside the
    first answer and not in its place, because measuring only what nobody wanted to revise would flatter the judge.
    """

    WORK = "work"
    GOLD = "gold"
    TRAINING = "training"
    SECOND = "second"


class Mode(StrEnum):
    """What of judges an annotator is shown, and when.

    BLIND: nothing. REVEAL: the verdicts, once the answer is stored. ASSIST: a verdict before the answer. CHALLENGE: a
    verdict before the answer that is known to be wrong, which is told afterwards.
    """

    BLIND = "blind"
    REVEAL = "reveal"
    ASSIST = "assist"
    CHALLENGE = "challenge"

    @property
    def visible(self) -> Visible:
        """What the annotator could see before the answer."""
        return Visible.ASSISTED if self in (Mode.ASSIST, Mode.CHALLENGE) else Visible.BLIND


class SecondLook(StrEnum):
    """What an annotator did once the judges were revealed; NONE where nothing was decided yet."""

    NONE = ""
    KEPT = "kept"
    REVISED = "revised"


class RationaleNeed(StrEnum):
    """Whether a criterion asks whoever rates it for a rationale."""

    OPTIONAL = "optional"
    REQUIRED_WHEN_FAILING = "required_when_failing"
    REQUIRED = "required"


class Order(StrEnum):
    """What puts items before others when they are drawn for people."""

    RANDOM = "random"
    GIVEN = "given"
    PRIORITY = "priority"
    UNCERTAINTY = "uncertainty"
    DISAGREEMENT = "disagreement"
    COVERAGE = "coverage"


class AssignmentStatus(StrEnum):
    """LEASED and DONE take one of the item's places; SKIPPED and EXPIRED gave theirs back."""

    LEASED = "leased"
    DONE = "done"
    SKIPPED = "skipped"
    EXPIRED = "expired"


class QueueState(StrEnum):
    """OPEN: a place is free. FULL: every place is leased or done."""

    OPEN = "open"
    FULL = "full"


class BatchKind(StrEnum):
    ITEMS = "items"
    JUDGEMENTS = "judgements"
    GOLD = "gold"


class BatchState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


class GoldSource(StrEnum):
    IMPORTED = "imported"
    RULING = "ruling"
    CONSENSUS = "consensus"


class GoldUse(StrEnum):
    """KNOWN: only to compare with. HIDDEN: mixed into the work of annotators. TRAINING: shown with its explanation."""

    KNOWN = "known"
    HIDDEN = "hidden"
    TRAINING = "training"


class PauseReason(StrEnum):
    """Why an annotator gets no items: the sequential test on gold, a training not passed, or a lead's decision."""

    GOLD = "gold"
    TRAINING = "training"
    LEAD = "lead"


class DisputeState(StrEnum):
    """OPEN: waits for an adjudicator. RULED: one has decided. DROPPED: the answers came to agree by themselves."""

    OPEN = "open"
    RULED = "ruled"
    DROPPED = "dropped"


class Cause(StrEnum):
    """Why people differed on an item, as the adjudicator sees it."""

    GUIDELINE_UNCLEAR = "guideline_unclear"
    CARELESS = "careless"
    AMBIGUOUS_ITEM = "ambiguous_item"
    JUDGE_WRONG = "judge_wrong"
    EVIDENCE_MISSING = "evidence_missing"
    OTHER = "other"


class FlagReason(StrEnum):
    """What is the matter with an item, as whoever came upon it says."""

    BROKEN = "broken"
    UNSAFE = "unsafe"
    PRIVATE = "private"
    GUIDELINE = "guideline"
    OTHER = "other"


class WebhookEvent(StrEnum):
    """What other programs are told. JUDGEMENT is a person's answer; verdicts of judges are told of as a run."""

    JUDGEMENT = "judgement"
    RULING = "ruling"
    PAUSE = "pause"
    QUEUE_COMPLETE = "queue_complete"
    RUN_COMPLETE = "run_complete"
    TEST = "test"


class WorkState(StrEnum):
    """Of what a worker makes under a lease. CANCELLED: nobody wants it any more."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ChoreStep(StrEnum):
    """What a worker is at in the middle of a draw."""

    READING = "reading"
    """The items that it is over, and what directs it; then it draws at once."""

    QUEUEING = "queueing"
    """Putting those that were drawn into the queue."""
