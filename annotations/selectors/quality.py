"""Where an annotator stands: the test on gold, the training, and why they are given nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from annotations.choices import AssignmentStatus, GoldUse, Mode, PauseReason, Purpose
from annotations.models import Assignment, Gold, Judgement, Pause, Project, Rater, ReviewPolicy
from annotations.quality import SequentialTest, Signal, TestState, is_hit, run_test, share

UNSEEN: Final = (Mode.BLIND, Mode.REVEAL)
"""Modes in which nothing of a judge is seen before the answer: only they say something of the person alone."""


@dataclass(frozen=True)
class GoldTest:
    """The sequential test of one annotator.

    Attributes:
        since: only answers after this moment count, which is when the last pause by this test ended.
        answers: id of each judgement since then, in order, and whether it was right.
    """

    test: SequentialTest
    state: TestState
    since: datetime | None
    answers: tuple[tuple[int, bool], ...]

    @property
    def counted(self) -> tuple[tuple[int, bool], ...]:
        """The answers that the state was read from: those since the last acceptance."""
        end = len(self.answers) - self.state.n_unseen
        return self.answers[end - self.state.n : end]


@dataclass(frozen=True)
class Training:
    """One try of an annotator at the training.

    Attributes:
        n_items: training items that this person can be given.
        n_done: of these, answered or skipped in this try.
        n_right: answered right on every criterion.
        pass_share: share of `n_items` that must be right; None where the policy asks for no training.
        missed: how often each criterion was answered wrong, by its name, the most first.
    """

    attempt: int
    n_items: int
    n_done: int
    n_right: int
    pass_share: float | None
    missed: tuple[tuple[str, int], ...]

    @property
    def is_finished(self) -> bool:
        return 0 < self.n_items == self.n_done

    @property
    def is_passed(self) -> bool:
        return self.pass_share is not None and self.n_right >= self.pass_share * self.n_items - 1e-9


@dataclass(frozen=True)
class WhyPaused:
    """Why an annotator is given no items, for themselves to read.

    Attributes:
        reason: of the pause; "no_training" where the policy asks for a training that has no items yet.
        note: what the lead said.
        missed: names of the criteria that went wrong most, in a training.
        n_answers, n_right, needed: what was counted, where the policy lets annotators see it.
    """

    reason: str
    since: datetime | None = None
    note: str = ""
    missed: tuple[str, ...] = ()
    n_answers: int | None = None
    n_right: int | None = None
    needed: float | None = None


def with_gold(turns: QuerySet[Assignment]) -> QuerySet[Any]:
    """The turns with `known`: what gold that is not retired says under the rubric of the answer."""
    gold = Gold.objects.filter(
        item=OuterRef("item"), rubric=OuterRef("judgement__rubric"), retired_at__isnull=True
    ).values("levels")
    return turns.annotate(known=Subquery(gold[:1]))


def gold_test(rater: Rater, policy: ReviewPolicy) -> GoldTest:
    """The test as it stands now, from the answers themselves: no counter can be wrong or lost."""
    pauses = Pause.objects.filter(rater=rater, reason=PauseReason.GOLD, ended_at__isnull=False)
    since = pauses.order_by("-ended_at").values_list("ended_at", flat=True).first()
    turns = Assignment.objects.filter(rater=rater, purpose=Purpose.GOLD, status=AssignmentStatus.DONE, mode__in=UNSEEN)
    if since is not None:
        turns = turns.filter(finished_at__gt=since)
    rows = with_gold(turns).order_by("finished_at", "pk").values_list("judgement_id", "judgement__levels", "known")
    found = [(judgement, is_hit(said, known)) for judgement, said, known in rows if known is not None]
    answers = tuple((judgement, hit) for judgement, hit in found if hit is not None)
    test = SequentialTest(acceptable=policy.gold_acceptable, bad=policy.gold_bad, error=policy.gold_error)
    state = run_test(test, [hit for _, hit in answers])
    return GoldTest(test=test, state=state, since=since, answers=answers)


def training_of(rater: Rater, policy: ReviewPolicy) -> Training:
    """The annotator's present try. What they met otherwise is no item of their training: the claim never gives it."""
    rubric = rater.project.current_rubric()
    of_rater = Assignment.objects.filter(rater=rater, item=OuterRef("item"))
    met = of_rater.exclude(purpose=Purpose.TRAINING).exclude(status=AssignmentStatus.EXPIRED)
    judged = Judgement.objects.newest().filter(rater=rater, item=OuterRef("item")).exclude(purpose=Purpose.TRAINING)
    lessons = Gold.objects.filter(rubric=rubric, use=GoldUse.TRAINING).filter(~Exists(met), ~Exists(judged))
    turn = Assignment.objects.filter(
        rater=rater, item=OuterRef("item"), purpose=Purpose.TRAINING, attempt=rater.training_attempt,
        status__in=[AssignmentStatus.DONE, AssignmentStatus.SKIPPED],
    )  # fmt: skip
    rows = list(
        lessons.annotate(
            done=Exists(turn), said=Subquery(turn.values("judgement__levels")[:1])
        ).values_list("levels", "done", "said")
    )  # fmt: skip
    names = [criterion.name for criterion in rubric.spec().criteria]
    missed: Counter[str] = Counter()
    for known, _, said in rows:
        for name, truth, level in zip(names, known, said or known, strict=True):
            missed[name] += truth is not None and level != truth
    return Training(
        attempt=rater.training_attempt,
        n_items=len(rows),
        n_done=sum(done for _, done, _ in rows),
        n_right=sum(said is not None and bool(is_hit(said, known)) for known, _, said in rows),
        pass_share=policy.training_pass,
        missed=tuple((name, n) for name, n in missed.most_common() if n),
    )


def why_paused(rater: Rater) -> WhyPaused | None:
    """Why this annotator is given nothing whatever waits in the queue; None where nothing of the kind is the reason."""
    now = Rater.objects.select_related("project").get(pk=rater.pk)
    policy = now.project.current_policy()
    if now.paused_at is not None:
        pause = now.pauses.filter(ended_at__isnull=True).first()
        return WhyPaused(PauseReason.LEAD, now.paused_at) if pause is None else _told(pause, policy)
    if policy.training_pass is not None and now.qualified_at is None and not training_of(now, policy).n_items:
        return WhyPaused("no_training")
    return None


def _told(pause: Pause, policy: ReviewPolicy) -> WhyPaused:
    evidence: dict[str, Any] = pause.evidence
    may_see = pause.reason == PauseReason.TRAINING or policy.shows_gold_accuracy
    return WhyPaused(
        reason=pause.reason,
        since=pause.started_at,
        note=pause.note,
        missed=tuple(name for name, _ in evidence.get("missed", [])),
        n_answers=evidence.get("n") if may_see else None,
        n_right=evidence.get("n_right") if may_see else None,
        needed=evidence.get("needed") if may_see else None,
    )


def own_gold(project: Project, rater: Rater) -> Signal | None:
    """What an annotator may see of their own answers on gold; None where the policy shows nothing."""
    if not project.current_policy().shows_gold_accuracy:
        return None
    turns = Assignment.objects.filter(rater=rater, purpose=Purpose.GOLD, status=AssignmentStatus.DONE, mode__in=UNSEEN)
    rows = with_gold(turns).values_list("judgement__levels", "known")
    hits = [hit for said, known in rows if known is not None and (hit := is_hit(said, known)) is not None]
    return share(sum(hits), len(hits), reason="no answer on gold yet")
