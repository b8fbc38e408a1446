"""Pausing and qualifying annotators: by the test on gold, by the training, and by a lead.

The tests are run over the answers themselves whenever one is stored, in the transaction that stores it. So a process
that is killed leaves either both the answer and what follows from it, or neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotations.choices import PauseReason, Purpose, RaterKind, WebhookEvent
from annotations.errors import PauseError
from annotations.models import Judgement, Pause, Project, Rater, User
from annotations.quality import Decision
from annotations.selectors.quality import gold_test, training_of
from annotations.sentences import sentence as _
from annotations.services.webhooks import emit


def lock_rater(rater_id: int) -> None:
    """Hold an annotator's row before their turn: locks are taken in that order, in claims too."""
    Rater.objects.select_for_update(no_key=True).values_list("pk").get(pk=rater_id)


def check_annotator(judgement: Judgement) -> None:
    """See what an answer on gold or in training means for the annotator.

    To be called in the transaction that stored the answer and holds the rater's row; calling it again changes nothing.
    """
    rater = Rater.objects.select_related("project").get(pk=judgement.rater_id)
    if judgement.purpose == Purpose.GOLD:
        _check_gold(rater)
    elif judgement.purpose == Purpose.TRAINING:
        check_training(rater)


def check_training(rater: Rater) -> None:
    """Qualify an annotator who has passed the training, and pause one who has finished and not passed it."""
    policy = rater.project.current_policy()
    if policy.training_pass is None or rater.qualified_at is not None:
        return
    training = training_of(rater, policy)
    if not training.is_finished:
        return
    if training.is_passed:
        Rater.objects.filter(pk=rater.pk, qualified_at__isnull=True).update(qualified_at=timezone.now())
        return
    evidence = {
        "attempt": training.attempt,
        "n": training.n_items,
        "n_right": training.n_right,
        "needed": training.pass_share,
        "missed": [list(pair) for pair in training.missed],
    }
    _begin_pause(rater, PauseReason.TRAINING, evidence=evidence)


@transaction.atomic
def recheck_training(project: Project) -> None:
    """See who has finished the training, now that its items have changed: nobody of them will answer another."""
    if project.current_policy().training_pass is None:
        return
    waiting = Rater.objects.filter(
        project=project, kind=RaterKind.PERSON, user__isnull=False, qualified_at__isnull=True, paused_at__isnull=True
    )
    for rater in waiting.select_related("project").order_by("pk").select_for_update(of=("self",), no_key=True):
        check_training(rater)


@transaction.atomic
def pause_annotator(*, rater: Rater, by: User, note: str) -> Pause:
    """Give an annotator nothing until a lead resumes them. What they hold they may still send.

    Raises: PauseError, if no reason is given, they are paused already, or this is no person.
    """
    if not note.strip():
        raise PauseError(_("expected a reason, which the annotator reads; there was none"))
    if rater.kind != RaterKind.PERSON:
        raise PauseError(_("expected a person, %(rater)s is none", rater=rater))
    pause = _begin_pause(rater, PauseReason.LEAD, note=note.strip(), by=by)
    if pause is None:
        raise PauseError(_("expected somebody who works, %(rater)s is paused already", rater=rater))
    return pause


@transaction.atomic
def resume_annotator(*, rater: Rater, by: User | None, note: str) -> Pause:
    """Let an annotator go on. The test on gold begins anew; after a training that was not passed, so does the training.

    Raises: PauseError, if they are not paused.
    """
    lock_rater(rater.pk)
    pause = Pause.objects.filter(rater=rater, ended_at__isnull=True).first()
    if pause is None:
        raise PauseError(_("expected somebody who is paused, %(rater)s is not", rater=rater))
    pause.ended_at, pause.ended_by, pause.end_note = timezone.now(), by, note.strip()
    pause.save(update_fields=["ended_at", "ended_by", "end_note"])
    Rater.objects.filter(pk=rater.pk).update(paused_at=None)
    emit(WebhookEvent.PAUSE, rater.project, {"rater": rater.pk, "reason": pause.reason, "paused": False})
    if pause.reason == PauseReason.TRAINING:
        _begin_training_anew(rater)
    return pause


def set_skills(*, rater: Rater, skills: Sequence[str]) -> None:
    """Say which values of the policy's skill slice an annotator knows; each once, in the order given."""
    known = list(dict.fromkeys(skill.strip() for skill in skills if skill.strip()))
    Rater.objects.filter(pk=rater.pk).update(skills=known)
    rater.skills = known


def _check_gold(rater: Rater) -> None:
    found = gold_test(rater, rater.project.current_policy())
    if found.state.decision is not Decision.PAUSE:
        return
    evidence = {
        "n": found.state.n,
        "n_right": found.state.n_hits,
        "statistic": round(found.state.statistic, 4),
        "bound": round(found.test.pause_at, 4),
        "acceptable": found.test.acceptable,
        "bad": found.test.bad,
        "error": found.test.error,
        "answers": [list(answer) for answer in found.counted],
    }
    _begin_pause(rater, PauseReason.GOLD, evidence=evidence)


def _begin_pause(
    rater: Rater, reason: PauseReason, *, evidence: dict[str, Any] | None = None, note: str = "", by: User | None = None
) -> Pause | None:
    """The one way into a pause; None for whoever is paused already."""
    now = timezone.now()
    if not Rater.objects.filter(pk=rater.pk, paused_at__isnull=True).update(paused_at=now):
        return None
    emit(WebhookEvent.PAUSE, rater.project, {"rater": rater.pk, "reason": reason.value, "paused": True})
    return Pause.objects.create(
        rater=rater, reason=reason, note=note, evidence=evidence or {}, started_at=now, started_by=by
    )


def _begin_training_anew(rater: Rater) -> None:
    """The next try: answers of the one before stay, superseded, and count for nothing."""
    earlier = Judgement.objects.newest().filter(rater=rater, purpose=Purpose.TRAINING)
    earlier.update(superseded_at=timezone.now())
    Rater.objects.filter(pk=rater.pk).update(training_attempt=F("training_attempt") + 1)
