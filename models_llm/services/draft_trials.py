"""Drafts of judges tried on one item by a worker, since engines may live in workers alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from annotations.choices import WorkState
from annotations.images import clean_images
from annotations.models import Item, User
from annotations.sentences import sentence as _
from annotations.services.leased_work import finish, request
from models_llm.choices import Queue
from models_llm.engines import in_flow
from models_llm.errors import JudgeError
from models_llm.judging import JudgeConfig, build_judge, judge_all, verdict_record
from models_llm.models import DraftTrial, JudgeVersion
from models_llm.selectors.draft_trials import draft_config, trial_items
from models_llm.selectors.judges import config_of, described_config, engine_with_key
from models_llm.services.judge_documents import read_document
from models_llm.services.judges import create_judge_version
from models_llm.services.leased_work import make

KEPT: Final = timedelta(days=1)


def request_trial(
    *,
    version: JudgeVersion,
    document: Mapping[str, Any],
    user: User | None,
    item: Item | None = None,
    content: Mapping[str, Any] | None = None,
) -> DraftTrial:
    """Store that a draft is to be tried beside the version it was made from, and let a worker do it.

    Args:
        document: of the draft, of the version's kind.
        item, content: the item, or its context and candidates; one of the two.
    Raises: JudgeError, EngineError or ImageError, if the draft is no judge or there is nothing to judge; nothing is
        stored.
    """
    project = version.judge.project
    if version.rubric_id != project.current_rubric().pk:
        raise JudgeError(
            _("%(rater)s judges under an older rubric: make a version under the newest one first", rater=version.rater)
        )
    written = read_document(project, document)
    if written.config.kind != version.judge.kind:
        raise JudgeError(
            _(
                "expected a draft of a %(kind)s judge, got one of a %(came)s judge",
                kind=version.judge.kind,
                came=written.config.kind,
            )
        )
    build_judge(written.config, version.rubric.spec(), engines=engine_with_key)
    if (item is None) == (content is None):
        raise JudgeError(_("expected either an item or its context and candidates"))
    holds_model = written.config.holds_model or described_config(version).holds_model
    return request(
        DraftTrial,
        project=project,
        judge_version=version,
        item=item,
        content=None if content is None else read_content(content),
        document=dict(document),
        settings=dict(written.config.settings),
        queue=Queue.ENGINE if holds_model else Queue.JUDGE,
        user=user,
    )


def read_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """Context and candidates as an import would take them, images made harmless.

    Raises: JudgeError or ImageError.
    """
    candidates = [content["candidate"]] if "candidate" in content else content.get("candidates")
    is_known = set(content) in ({"candidate"}, {"candidates"}, {"context", "candidate"}, {"context", "candidates"})
    if not is_known or not isinstance(candidates, list) or not candidates:
        raise JudgeError(_("expected an object with “context”, and “candidate” or “candidates”"))
    cleaned: dict[str, Any] = clean_images({"context": content.get("context", {}), "candidates": candidates})
    return cleaned


def judge_draft(*, trial_id: int) -> bool:
    """Judge with a draft and with its version, if the trial is free to take; otherwise do nothing.

    Returns: whether it was judged, or failed, here.
    """
    return make(DraftTrial, trial_id, _judge)


def save_trial(*, trial: DraftTrial, name: str) -> JudgeVersion:
    """Freeze the draft of a trial, as it was tried, as the next version of the judge of that name.

    Raises: JudgeError or EngineError, as `create_judge_version`.
    """
    return create_judge_version(
        project=trial.project,
        name=name,
        config=draft_config(trial),
        rubric=trial.judge_version.rubric,
        revision=trial.document.get("revision", ""),
    )


def drop_old_trials() -> int:
    """Drop what is older than a day.

    Returns: how many are dropped.
    """
    return DraftTrial.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


def _judge(trial: DraftTrial) -> bool:
    version = JudgeVersion.objects.select_related("judge", "rubric").get(pk=trial.judge_version_id)
    with in_flow(f"draft {trial.pk}"):
        result = {
            side: _verdict(trial, version, config)
            for side, config in (("draft", draft_config(trial)), ("saved", config_of(version)))
        }
    return finish(trial, state=WorkState.READY, result=result)


def _verdict(trial: DraftTrial, version: JudgeVersion, config: JudgeConfig) -> dict[str, Any]:
    judge = build_judge(config, version.rubric.spec(), engines=engine_with_key)
    verdict, *_ = judge_all(judge, trial_items(trial, with_groups=judge.wants_groups))
    return verdict_record(verdict)
