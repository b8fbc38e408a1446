"""Judges fitted by a worker: asked for, fitted under a lease, and seen to again when a worker dies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction

from annotations.choices import WorkState
from annotations.models import Project, User
from annotations.services.leased_work import finish, request_once
from models_llm.choices import JudgeKind
from models_llm.models import Fit
from models_llm.services.baseline import fit_new_baseline
from models_llm.services.fitted_judges import FittedJudge, freeze
from models_llm.services.judges import check_kind
from models_llm.services.leased_work import make
from models_llm.services.reward_models import RewardModelRequest, fit_new_reward_model


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
    return request_once(
        Fit,
        project=project,
        name=name,
        kind=kind,
        params=params,
        seed=seed,
        held_out_share=held_out_share,
        user=user,
    )


def fit_judge(*, fit_id: int) -> bool:
    """Fit a judge that is free to take; otherwise do nothing.

    Returns: whether it was fitted, or failed, here.
    """
    return make(Fit, fit_id, lambda fit: _freeze(fit, _fit(fit)))


def _fit(fit: Fit) -> FittedJudge:
    def note(step: str) -> None:
        fit.step = step

    asked: dict[str, Any] = {"project": fit.project, "seed": fit.seed, "held_out_share": fit.held_out_share}
    if fit.kind == JudgeKind.REWARD_MODEL:
        return fit_new_reward_model(**asked, request=RewardModelRequest.from_json(fit.params), on_step=note)
    return fit_new_baseline(**asked, on_step=note)


@transaction.atomic
def _freeze(fit: Fit, fitted: FittedJudge) -> bool:
    """Make the version and close the fit, both or neither: of two workers that fitted it, one does."""
    if not Fit.objects.select_for_update().filter(pk=fit.pk, state=WorkState.RUNNING).exists():
        return False
    version = freeze(project=fit.project, name=fit.name, fitted=fitted)
    return finish(fit, state=WorkState.READY, version=version)
