"""The one writer of judgements, whoever the rater is. Only the bulk importer copies rows in beside it.

Many at once go in by COPY: with Django's `bulk_create` most of a judge run's time went into building the statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.choices import Outcome, Purpose, Visible
from annotations.errors import AlreadyJudgedError, RubricError
from annotations.formats import JudgementRecord
from annotations.models import Batch, Guideline, Judgement, Rater, Rubric
from annotations.rubrics import RubricSpec
from annotations.services.copying import (
    NULL,
    as_array,
    as_number,
    as_text,
    as_text_array,
    as_time,
    copy_lines,
    new_ids,
)

JUDGEMENT_COLUMNS: Final = (
    "outcome", "levels", "scores", "distributions", "rationale", "rationales", "seconds", "visible",
)  # fmt: skip


@dataclass(frozen=True)
class NewJudgement:
    """What a rater says of one item.

    Attributes:
        levels: None means that nothing was rated.
        visible: what the rater could see before, where that is not what holds for the rest.
        highlights: the words that decided, as `Judgement.highlights` has them; of people, one judgement at a time.
    """

    item_id: int
    outcome: Outcome = Outcome.RATED
    levels: tuple[int | None, ...] | None = None
    scores: tuple[float | None, ...] | None = None
    distributions: tuple[float, ...] | None = None
    rationale: str = ""
    rationales: tuple[str, ...] | None = None
    seconds: float | None = None
    visible: Visible | None = None
    highlights: list[dict[str, Any]] | None = None


def record_judgements(
    *,
    rater: Rater,
    rubric: Rubric,
    judgements: Sequence[NewJudgement],
    visible: Visible,
    batch: Batch | None = None,
    existing: Literal["refuse", "skip", "supersede"] = "refuse",
) -> dict[int, int]:
    """Store judgements of one rater, one an item, and lock the rubric.

    Args:
        existing: what to do with an item that has a live judgement by this rater.
    Returns: the id of the stored judgement by item, in the order given; with "skip", fewer.
    Raises:
        RubricError: a level is not of the rubric, or an outcome without ratings carries some.
        AlreadyJudgedError: with "refuse", when an item has a live judgement; nothing is stored.
    """
    spec = rubric.spec()
    for judgement in judgements:
        check_judgement(spec, judgement)
    with refusing_a_second_judgement(rater), transaction.atomic():
        if rubric.locked_at is None:
            lock_rubric(rubric)
        live = {} if existing == "refuse" else _lock_live(rater, [judgement.item_id for judgement in judgements])
        if existing == "skip":
            judgements = [judgement for judgement in judgements if judgement.item_id not in live]
        now = timezone.now()
        if existing == "supersede" and live:
            Judgement.objects.filter(pk__in=live.values()).update(superseded_at=now)
        ids = new_ids("annotations_judgement", len(judgements))
        tail = b"%d\t%d\t%b\t%b\n" % (
            rater.pk, rubric.pk, NULL if batch is None else b"%d" % batch.pk, as_time(now)
        )  # fmt: skip
        copy_lines(
            "annotations_judgement",
            ("id", "item_id", "supersedes_id", *JUDGEMENT_COLUMNS, "rater_id", "rubric_id", "batch_id", "created_at"),
            _lines(judgements, ids, live, tail, visible=visible, n_criteria=rubric.n_criteria),
        )
    return {judgement.item_id: pk for judgement, pk in zip(judgements, ids, strict=True)}


def record_judgement(
    *,
    rater: Rater,
    rubric: Rubric,
    judgement: NewJudgement,
    visible: Visible,
    supersedes: Judgement | None = None,
    purpose: Purpose = Purpose.WORK,
    guideline: Guideline | None = None,
) -> Judgement:
    """Store one judgement inside the caller's transaction: of an item that the rater has not judged, or a revision.

    That transaction stands in `refusing_a_second_judgement`: a savepoint of its own would cost an annotator's every
    submit two round trips.

    Args:
        supersedes: the rater's newest judgement of the item, which the caller has locked; a second look leaves it as
            it is, unless it is one itself.
    Raises: RubricError.
    """
    check_judgement(rubric.spec(), judgement)
    if rubric.locked_at is None:
        lock_rubric(rubric)
    now = timezone.now()
    if supersedes is not None and (purpose != Purpose.SECOND or supersedes.purpose == Purpose.SECOND):
        Judgement.objects.filter(pk=supersedes.pk).update(superseded_at=now)
    return Judgement.objects.create(
        item_id=judgement.item_id,
        rater=rater,
        rubric=rubric,
        outcome=judgement.outcome,
        levels=list(judgement.levels or [None] * rubric.n_criteria),
        scores=None if judgement.scores is None else list(judgement.scores),
        distributions=None if judgement.distributions is None else list(judgement.distributions),
        rationale=judgement.rationale,
        rationales=None if judgement.rationales is None else list(judgement.rationales),
        seconds=judgement.seconds,
        visible=judgement.visible or visible,
        purpose=purpose,
        guideline=guideline,
        highlights=judgement.highlights,
        created_at=now,
        supersedes=supersedes,
    )


def record_group(
    *,
    rater: Rater,
    rubric: Rubric,
    judgements: Sequence[NewJudgement],
    visible: Visible,
    purpose: Purpose,
    guideline_id: int | None,
    at: datetime,
    supersedes: Mapping[int, Judgement],
) -> list[Judgement]:
    """Store what a person said of several items in one answer, inside the caller's transaction.

    Args:
        at: when; it is the same for all of an answer.
        supersedes: the rater's newest judgement by item, locked by the caller; a second look leaves it as it is,
            unless it is one itself.
    """
    for judgement in judgements:
        check_judgement(rubric.spec(), judgement)
    old = [one.pk for one in supersedes.values() if purpose != Purpose.SECOND or one.purpose == Purpose.SECOND]
    Judgement.objects.filter(pk__in=old).update(superseded_at=at)
    return Judgement.objects.bulk_create(
        [
            Judgement(
                item_id=judgement.item_id,
                rater=rater,
                rubric=rubric,
                outcome=judgement.outcome,
                levels=list(judgement.levels or [None] * rubric.n_criteria),
                rationale=judgement.rationale,
                seconds=judgement.seconds,
                visible=visible,
                purpose=purpose,
                guideline_id=guideline_id,
                created_at=at,
                supersedes=supersedes.get(judgement.item_id),
            )
            for judgement in judgements
        ]
    )


def check_judgement(spec: RubricSpec, judgement: NewJudgement) -> None:
    """Refuse what is no judgement under the rubric.

    Raises: RubricError, naming the item, what was expected and what came.
    """
    if judgement.levels is not None:
        spec.check_levels(judgement.levels)
    rated = any(level is not None for level in judgement.levels or ()) or any(
        score is not None for score in judgement.scores or ()
    )
    if rated != (judgement.outcome == Outcome.RATED):
        raise RubricError(
            _(
                "item %(item)s: expected levels with outcome “rated” and none with any other, got %(levels)s "
                "with “%(outcome)s”"
            )
            % {"item": judgement.item_id, "levels": judgement.levels, "outcome": judgement.outcome}
        )
    if judgement.distributions is not None:
        n_levels = sum(len(criterion.levels) for criterion in spec.criteria)
        if len(judgement.distributions) != n_levels:
            raise RubricError(
                _("item %(item)s: expected a probability for each of %(n_levels)s levels, got %(n)s")
                % {"item": judgement.item_id, "n_levels": n_levels, "n": len(judgement.distributions)}
            )


def judgement_columns(judgement: NewJudgement | JudgementRecord, *, levels: bytes, visible: Visible) -> bytes:
    """What COPY takes for `JUDGEMENT_COLUMNS`; `levels` is encoded already, because few combinations occur."""
    return b"\t".join(
        (
            judgement.outcome.value.encode(),
            levels,
            as_array(judgement.scores),
            as_array(judgement.distributions),
            as_text(judgement.rationale),
            as_text_array(judgement.rationales),
            as_number(judgement.seconds),
            visible.value.encode(),
        )
    )


@contextmanager
def refusing_a_second_judgement(rater: Rater) -> Iterator[None]:
    """Around a transaction: the database's refusal of a second live judgement becomes AlreadyJudgedError."""
    try:
        yield
    except IntegrityError as err:
        if "one_live_judgement_per_rater_and_item" not in str(err):
            raise
        raise AlreadyJudgedError(
            _("expected items that %(name)s has not judged yet; one was judged meanwhile") % {"name": rater}
        ) from err


def lock_rubric(rubric: Rubric) -> None:
    """Fix a rubric for ever; to be called in the transaction of its first rating."""
    Rubric.objects.filter(pk=rubric.pk, locked_at__isnull=True).update(locked_at=timezone.now())


def _lock_live(rater: Rater, item_ids: Sequence[int]) -> dict[int, int]:
    """The rater's live judgement by item, locked until the end of the transaction."""
    rows = Judgement.objects.live().filter(rater=rater, item_id__in=item_ids).order_by("pk").select_for_update()
    return dict(rows.values_list("item_id", "pk"))


def _lines(
    judgements: Sequence[NewJudgement],
    ids: Sequence[int],
    live: Mapping[int, int],
    tail: bytes,
    *,
    visible: Visible,
    n_criteria: int,
) -> Iterator[bytes]:
    unrated = (None,) * n_criteria
    arrays: dict[tuple[int | None, ...], bytes] = {}
    for pk, judgement in zip(ids, judgements, strict=True):
        given = judgement.levels or unrated
        levels = arrays.get(given)
        if levels is None:
            levels = arrays[given] = as_array(given)
        old = live.get(judgement.item_id)
        columns = judgement_columns(judgement, levels=levels, visible=judgement.visible or visible)
        yield b"%d\t%d\t%b\t%b\t%b" % (
            pk, judgement.item_id, NULL if old is None else b"%d" % old, columns, tail
        )  # fmt: skip
