"""Judges fitted by a worker: asked for, fitted under a lease, and seen to again when a worker dies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

import structlog
from django.db import transaction
from django.utils import timezone

from annotations.models import Project, User
from models_llm.choices import JudgeKind, Queue, WorkState
from models_llm.errors import ModelsLLMError
from models_llm.handoff import fit_judge_soon
from models_llm.judging import OnStep
from models_llm.models import Fit
from models_llm.services.baseline import fit_new_baseline
from models_llm.services.fitted_judges import FittedJudge, freeze
from models_llm.services.judges import check_kind
from models_llm.services.leases import finish, heartbeat, lease_end, renew, sweep, take
from models_llm.services.reward_models import RewardModelRequest, fit_new_reward_model

SECONDS_BETWEEN_BEATS: Final = 1.0

log = structlog.get_logger(__name__)


def request_fit(
    *,
    project: Project,
    name: str,
    seed: int,
    held_out_share: float,
    user: User | None,
    kind: JudgeKind = JudgeKind.BASELINE,
    params: Mapping[str, Any] | None = None,
) -> Fit:
    """Store that a judge is wanted and let a worker fit it.

    Asked for again before it is finished, it is the same fit; afterwards a new one, since people went on rating.

    Args:
        kind: a baseline or a reward model.
        params: of a reward model, the fields of `RewardModelRequest`.
    Raises: JudgeError, if the name is of another kind of judge or the parameters are not valid; nothing is stored.
    """
    check_kind(project=project, name=name, kind=kind)
    params = asdict(RewardModelRequest.from_json(params or {})) if kind is JudgeKind.REWARD_MODEL else {}
    fit, is_new = Fit.objects.unfinished().get_or_create(
        project=project,
        name=name,
        kind=kind,
        params=params,
        seed=seed,
        held_out_share=held_out_share,
        defaults={"lease_expires_at": lease_end(), "created_by": user},
    )
    if is_new:
        _send(fit.pk)
    return fit


def fit_judge(*, fit_id: int) -> bool:
    """Fit a judge that is free to take; otherwise do nothing.

    Returns: whether it was fitted, or failed, here.
    """
    fit = take(Fit, fit_id, started_at=timezone.now(), step="")
    if fit is None:
        return False
    with structlog.contextvars.bound_contextvars(fit_id=fit.pk):
        try:
            is_ours = _freeze(fit, _fit(fit))
        except ModelsLLMError as err:
            log.warning("fit failed", error=str(err))
            return finish(fit, state=WorkState.FAILED, error=str(err))
        log.info("judge fitted", is_ours=is_ours)
        return is_ours


def sweep_fits() -> int:
    """Send again what nobody has seen to within its lease.

    Returns: how many messages are sent.
    """
    return sweep(Fit, _send)


def _send(fit_id: int) -> None:
    kind = Fit.objects.values_list("kind", flat=True).get(pk=fit_id)
    fit_judge_soon(fit_id, queue=Queue.ENGINE if kind == JudgeKind.REWARD_MODEL else None)


def _fit(fit: Fit) -> FittedJudge:
    asked: dict[str, Any] = {"project": fit.project, "seed": fit.seed, "held_out_share": fit.held_out_share}
    with _noting(fit) as note:
        if fit.kind == JudgeKind.REWARD_MODEL:
            return fit_new_reward_model(**asked, request=RewardModelRequest.from_json(fit.params), on_step=note)
        return fit_new_baseline(**asked, on_step=note)


@contextmanager
def _noting(fit: Fit) -> Iterator[OnStep]:
    """Renew the lease from a thread and store the latest step that was noted."""

    def note(step: str) -> None:
        fit.step = step

    with heartbeat(lambda: renew(fit, step=fit.step), every_s=SECONDS_BETWEEN_BEATS):
        yield note


@transaction.atomic
def _freeze(fit: Fit, fitted: FittedJudge) -> bool:
    """Make the version and close the fit, both or neither: of two workers that fitted it, one does."""
    if not Fit.objects.select_for_update().filter(pk=fit.pk, state=WorkState.RUNNING).exists():
        return False
    version = freeze(project=fit.project, name=fit.name, fitted=fitted)
    return finish(fit, state=WorkState.READY, version=version)
