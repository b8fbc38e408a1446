"""Making judge versions. A version is frozen; whoever wants another prompt or model makes another version."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from annotations.choices import RaterKind
from annotations.models import Project, Rater, Rubric
from models_llm.choices import JudgeKind, Queue
from models_llm.engines import Sampling
from models_llm.errors import JudgeError
from models_llm.judging import JudgeConfig, build_judge, pointwise_settings
from models_llm.models import Judge, JudgeVersion
from models_llm.prompting import PointwisePrompts, PromptTemplate, load_template
from models_llm.selectors.judges import engine_with_key


def check_kind(*, project: Project, name: str, kind: JudgeKind) -> None:
    """Raises: JudgeError, if the project's judge of that name is of another kind."""
    other = Judge.objects.filter(project=project, name=name).exclude(kind=kind).first()
    if other is not None:
        raise JudgeError(f"“{name}” is a {other.kind} judge, not a {kind} one: choose another name")


def create_judge_version(
    *,
    project: Project,
    name: str,
    config: JudgeConfig,
    rubric: Rubric | None = None,
    revision: str = "",
    prompt_digest: str = "",
    evaluation: Mapping[str, Any] | None = None,
) -> JudgeVersion:
    """Freeze a judge as the next version of the project's judge of that name, with a rater of its own.

    Args:
        rubric: what it judges under; the project's current rubric unless given.
        revision: of the model, where the engine has one.
    Raises: JudgeError or EngineError, if the configuration builds no judge or the name is of another kind or imported.
    """
    rubric = rubric or project.current_rubric()
    build_judge(config, rubric.spec(), engines=engine_with_key)
    with transaction.atomic():
        judge, _ = Judge.objects.get_or_create(project=project, name=name, defaults={"kind": JudgeKind(config.kind)})
        Judge.objects.select_for_update().get(pk=judge.pk)
        check_kind(project=project, name=name, kind=JudgeKind(config.kind))
        number = (judge.versions.aggregate(newest=Max("number"))["newest"] or 0) + 1
        rater, is_new = Rater.objects.get_or_create(project=project, kind=RaterKind.JUDGE, name=f"{name} v{number}")
        if not is_new:
            raise JudgeError(f"“{rater.name}” is a judge that came with an import: choose another name")
        return JudgeVersion.objects.create(
            judge=judge,
            number=number,
            rater=rater,
            rubric=rubric,
            engine=config.engine,
            model=config.model,
            revision=revision,
            config=dict(config.settings),
            prompt_digest=prompt_digest,
            digest=config.digest(rubric.spec(), revision=revision),
            queue=Queue.ENGINE if config.holds_model else Queue.JUDGE,
            artifact=config.artifact or None,
            artifact_digest=hashlib.sha256(config.artifact).hexdigest() if config.artifact else "",
            evaluation=None if evaluation is None else dict(evaluation),
        )


def create_pointwise_judge(
    *,
    project: Project,
    name: str,
    engine: str,
    model: str,
    engine_settings: Mapping[str, Any],
    sampling: Sampling | None = None,
    template: PromptTemplate | None = None,
    revision: str = "",
) -> JudgeVersion:
    """Freeze a language model with the pointwise prompt; the platform's template unless another is given.

    Raises: JudgeError or EngineError, as `create_judge_version`.
    """
    rubric = project.current_rubric()
    template = template or load_template("pointwise")
    settings = pointwise_settings(engine=engine_settings, sampling=sampling or Sampling(), template=template)
    return create_judge_version(
        project=project,
        name=name,
        config=JudgeConfig(JudgeKind.POINTWISE.value, engine=engine, model=model, settings=settings),
        rubric=rubric,
        revision=revision,
        prompt_digest=PointwisePrompts(template, rubric.spec()).digest,
    )


def create_served_judge(
    *, project: Project, name: str, url: str, model: str, sampling: Sampling | None = None
) -> JudgeVersion:
    """Freeze a model that an OpenAI-compatible server serves at `url`.

    Raises: JudgeError or EngineError, as `create_judge_version`.
    """
    return create_pointwise_judge(
        project=project,
        name=name,
        engine="openai_http",
        model=model,
        engine_settings={"url": url},
        sampling=sampling,
    )
