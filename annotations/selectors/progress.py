"""How far an annotator is, and how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import Sum

from annotations.choices import AssignmentStatus, Purpose
from annotations.models import Assignment, Project, QueuedItem, Rater, ReviewPolicy
from annotations.quality import Signal
from annotations.selectors.quality import own_gold
from annotations.selectors.review import n_finished_today

LAST_ANSWERS = 200
"""So many answers tell the time that an item takes."""

COUNTED_EVERY_S = 60
"""Over a million items a count takes a while; whoever asks sooner gets the one before."""


class WholeProgress(NamedTuple):
    """Annotations of everybody in the queue of a project, and how many are wanted."""

    n_done: int
    n_wanted: int


@dataclass(frozen=True)
class Progress:
    """Figures of one annotator in a project.

    Attributes:
        n_today, daily_target: annotations since midnight, and how many are asked for; None for no target.
        median_s: seconds for an item, of the last `n_timed` that were measured; None without any.
        gold: agreement with gold; None where the policy does not show it.
        n_done, n_wanted: annotations of everybody in the queue.
    """

    n_today: int
    daily_target: int | None
    median_s: float | None
    n_timed: int
    gold: Signal | None
    n_done: int
    n_wanted: int


def progress_of(*, project: Project, rater: Rater, policy: ReviewPolicy, whole: WholeProgress) -> Progress:
    seconds = seconds_per_item(rater)
    return Progress(
        n_today=n_finished_today(rater),
        daily_target=policy.daily_target,
        median_s=median(seconds) if seconds else None,
        n_timed=len(seconds),
        gold=own_gold(project, rater),
        n_done=whole.n_done,
        n_wanted=whole.n_wanted,
    )


def whole_progress(project: Project) -> WholeProgress:
    """How far the project is now."""
    done = Assignment.objects.filter(project=project, purpose=Purpose.WORK, status=AssignmentStatus.DONE)
    wanted = QueuedItem.objects.filter(project=project).aggregate(n=Sum("overlap"))["n"]
    return WholeProgress(done.count(), wanted or 0)


def recent_progress(project: Project) -> WholeProgress:
    """How far the project was at most `COUNTED_EVERY_S` ago, counted once for all who look."""
    name = f"whole-progress-{project.pk}"
    counted = cache.get(name)
    if counted is not None:
        return WholeProgress(*counted)
    found = whole_progress(project)
    cache.set(name, list(found), COUNTED_EVERY_S)
    return found


def seconds_per_item(rater: Rater) -> list[float]:
    """Seconds of the newest answers that were measured, idle time taken out."""
    newest = Assignment.objects.filter(rater=rater, status=AssignmentStatus.DONE).order_by("-finished_at")
    return [
        seconds for seconds in newest.values_list("judgement__seconds", flat=True)[:LAST_ANSWERS] if seconds is not None
    ]
