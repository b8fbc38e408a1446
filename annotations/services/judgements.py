"""The one writer of judgements, whoever the rater is. Only the bulk importer copies rows in beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations.choices import Outcome, Visible
from annotations.errors import AlreadyJudgedError, RubricError
from annotations.models import Batch, Judgement, Rater, Rubric
from annotations.rubrics import RubricSpec


@dataclass(frozen=True)
class NewJudgement:
    """What a rater says of one item.

    Attributes:
        levels: None means that nothing was rated.
        visible: what the rater could see before, where that is not what holds for the rest.
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


def record_judgements(
    *,
    rater: Rater,
    rubric: Rubric,
    judgements: Sequence[NewJudgement],
    visible: Visible,
    batch: Batch | None = None,
    existing: Literal["refuse", "skip", "supersede"] = "refuse",
) -> list[Judgement]:
    """Store judgements of one rater and lock the rubric.

    Args:
        existing: what to do with an item that has a live judgement by this rater.
    Returns: the stored judgements in the order given; with "skip", fewer.
    Raises:
        RubricError: a level is not of the rubric, or an outcome without ratings carries some.
        AlreadyJudgedError: with "refuse", when an item has a live judgement; nothing is stored.
    """
    spec = rubric.spec()
    for judgement in judgements:
        _check(spec, judgement)
    with refusing_a_second_judgement(rater), transaction.atomic():
        if rubric.locked_at is None:
            lock_rubric(rubric)
        return _store(rater, rubric, judgements, visible, batch, existing)


def record_judgement(*, rater: Rater, rubric: Rubric, judgement: NewJudgement, visible: Visible) -> Judgement:
    """Store one judgement of an item that the rater has not judged, inside the caller's transaction.

    That transaction stands in `refusing_a_second_judgement`: a savepoint of its own would cost an annotator's every
    submit two round trips.

    Raises: RubricError.
    """
    _check(rubric.spec(), judgement)
    if rubric.locked_at is None:
        lock_rubric(rubric)
    return _store(rater, rubric, [judgement], visible, batch=None, existing="refuse")[0]


@contextmanager
def refusing_a_second_judgement(rater: Rater) -> Iterator[None]:
    """Around a transaction: the database's refusal of a second live judgement becomes AlreadyJudgedError."""
    try:
        yield
    except IntegrityError as err:
        if "one_live_judgement_per_rater_and_item" not in str(err):
            raise
        raise AlreadyJudgedError(f"expected items that {rater} has not judged yet; one was judged meanwhile") from err


def lock_rubric(rubric: Rubric) -> None:
    """Fix a rubric for ever; to be called in the transaction of its first rating."""
    Rubric.objects.filter(pk=rubric.pk, locked_at__isnull=True).update(locked_at=timezone.now())


def _check(spec: RubricSpec, judgement: NewJudgement) -> None:
    if judgement.levels is not None:
        spec.check_levels(judgement.levels)
    rated = any(level is not None for level in judgement.levels or ()) or any(
        score is not None for score in judgement.scores or ()
    )
    if rated != (judgement.outcome == Outcome.RATED):
        raise RubricError(
            f"item {judgement.item_id}: expected levels with outcome “rated” and none with any other, "
            f"got {judgement.levels} with “{judgement.outcome}”"
        )
    if judgement.distributions is not None:
        n_levels = sum(len(criterion.levels) for criterion in spec.criteria)
        if len(judgement.distributions) != n_levels:
            raise RubricError(
                f"item {judgement.item_id}: expected a probability for each of {n_levels} levels, "
                f"got {len(judgement.distributions)}"
            )


def _store(
    rater: Rater,
    rubric: Rubric,
    judgements: Sequence[NewJudgement],
    visible: Visible,
    batch: Batch | None,
    existing: Literal["refuse", "skip", "supersede"],
) -> list[Judgement]:
    now = timezone.now()
    live: dict[int, int] = {}
    if existing != "refuse":
        rows = (
            Judgement.objects.live()
            .filter(rater=rater, item_id__in=[judgement.item_id for judgement in judgements])
            .order_by("pk")
            .select_for_update()
        )
        live = dict(rows.values_list("item_id", "pk"))
    if existing == "skip":
        judgements = [judgement for judgement in judgements if judgement.item_id not in live]
    elif live:
        Judgement.objects.filter(pk__in=live.values()).update(superseded_at=now)
    return Judgement.objects.bulk_create(
        [
            Judgement(
                item_id=judgement.item_id,
                rater=rater,
                rubric=rubric,
                batch=batch,
                outcome=judgement.outcome,
                levels=list(judgement.levels or [None] * rubric.n_criteria),
                scores=None if judgement.scores is None else list(judgement.scores),
                distributions=None if judgement.distributions is None else list(judgement.distributions),
                rationale=judgement.rationale,
                rationales=None if judgement.rationales is None else list(judgement.rationales),
                seconds=judgement.seconds,
                visible=judgement.visible or visible,
                created_at=now,
                supersedes_id=live.get(judgement.item_id),
            )
            for judgement in judgements
        ]
    )
