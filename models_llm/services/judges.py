"""Making judge versions. A version is frozen; whoever wants another prompt or model makes another version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Max

from annotations.choices import RaterKind
from annotations.models import Project, Rater, Rubric
from annotations.sentences import sentence as _
from models_llm.choices import JudgeKind, Queue
from models_llm.engines import Sampling
from models_llm.errors import JudgeError
from models_llm.judging import KINDS, JudgeConfig, Member, build_judge, judge_settings, prompts_of, read_protocol
from models_llm.models import Judge, JudgeVersion
from models_llm.prompting import Example, PromptTemplate, load_template
from models_llm.selectors.judges import config_of, engine_with_key, member_artifacts


def check_kind(*, project: Project, name: str, kind: JudgeKind) -> None:
    """Raises: JudgeError, if the project's judge of that name is of another kind."""
    other = Judge.objects.filter(project=project, name=name).exclude(kind=kind).first()
    if other is not None:
        raise JudgeError(
            _(
                "“%(name)s” is a %(kind)s judge, not a %(wanted)s one: choose another name",
                name=name,
                kind=other.kind,
                wanted=kind,
            ),
            about="name",
        )


def create_judge_version(
    *,
    project: Project,
    name: str,
    config: JudgeConfig,
    rubric: Rubric | None = None,
    revision: str = "",
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
    prompts = prompts_of(config, rubric.spec()) if "prompt" in config.settings else None
    with transaction.atomic():
        judge, _new = Judge.objects.get_or_create(project=project, name=name, defaults={"kind": JudgeKind(config.kind)})
        Judge.objects.select_for_update().get(pk=judge.pk)
        check_kind(project=project, name=name, kind=JudgeKind(config.kind))
        number = (judge.versions.aggregate(newest=Max("number"))["newest"] or 0) + 1
        rater, is_new = Rater.objects.get_or_create(project=project, kind=RaterKind.JUDGE, name=f"{name} v{number}")
        if not is_new:
            raise JudgeError(
                _("“%(rater)s” is a judge that came with an import: choose another name", rater=rater.name),
                about="name",
            )
        return JudgeVersion.objects.create(
            judge=judge,
            number=number,
            rater=rater,
            rubric=rubric,
            engine=config.engine,
            model=config.model,
            revision=revision,
            config=dict(config.settings),
            prompt_digest="" if prompts is None else prompts.digest,
            digest=config.digest(rubric.spec(), revision=revision),
            queue=Queue.ENGINE if config.holds_model else Queue.JUDGE,
            artifact=config.artifact or None,
            artifact_digest=config.artifact_digest,
            evaluation=None if evaluation is None else dict(evaluation),
        )


def create_judge(*, project: Project, name: str, revision: str = "", **fields: Any) -> JudgeVersion:
    """Freeze a judge of any kind in `KINDS` under the project's current rubric.

    Args:
        fields: as `configure_judge` takes them.
    Raises: JudgeError or EngineError, as `configure_judge` and `create_judge_version`.
    """
    config = configure_judge(project=project, **fields)
    return create_judge_version(project=project, name=name, config=config, revision=revision)


def configure_judge(
    *,
    project: Project,
    kind: JudgeKind = JudgeKind.POINTWISE,
    engine: str = "",
    model: str = "",
    engine_settings: Mapping[str, Any] | None = None,
    sampling: Sampling | None = None,
    template: PromptTemplate | None = None,
    examples: Sequence[Example] = (),
    example_item_ids: Sequence[int] = (),
    members: Sequence[JudgeVersion] = (),
    protocol: Mapping[str, Any] | None = None,
) -> JudgeConfig:
    """What a version of a judge of any kind in `KINDS` would freeze; nothing is stored, and no engine is built.

    Args:
        engine, model, engine_settings, sampling: which model is asked, and how; for a kind that asks one.
        template: of the prompt; the kind's own unless given.
        examples: shown to the model before the item; `example_item_ids` are the items they were made of, which the
            version will not be measured on.
        members: the judges of a jury.
        protocol: the kind's own settings, as `Kind.describe` lists them; defaults for the rest.
    Raises: JudgeError, if something does not fit the kind.
    """
    if kind not in KINDS:
        raise JudgeError(
            _(
                "expected a kind of judge that can be configured, %(known)s; got %(kind)s",
                known=", ".join(KINDS),
                kind=kind,
            )
        )
    described = KINDS[kind]
    if described.asks != bool(engine) or described.has_members != bool(members):
        needed = _("members and no engine") if described.has_members else _("an engine and no members")
        raise JudgeError(_("a judge of kind %(kind)s has %(needed)s", kind=kind, needed=needed))
    own = read_protocol(kind, protocol or {})
    if described.has_members:
        settings = _jury_settings(members, project.current_rubric(), asdict(own))
    else:
        settings = judge_settings(
            engine=engine_settings or {},
            sampling=sampling or Sampling(),
            template=template or load_template(own.template),
            examples=examples,
            protocol=asdict(own),
        )
    seen = [*example_item_ids, *(pk for member in members for pk in member.config.get("fitted_item_ids", ()))]
    if seen:
        settings["fitted_item_ids"] = list(dict.fromkeys(seen))  # in the order of the examples
    return JudgeConfig(
        kind.value, engine=engine, model=model, settings=settings, member_artifacts=member_artifacts(settings)
    )


def create_served_judge(
    *, project: Project, name: str, url: str, model: str, sampling: Sampling | None = None
) -> JudgeVersion:
    """Freeze a model that an OpenAI-compatible server serves at `url`, with the pointwise prompt.

    Raises: JudgeError or EngineError, as `create_judge`.
    """
    return create_judge(
        project=project, name=name, engine="openai_http", model=model, engine_settings={"url": url}, sampling=sampling
    )


def _jury_settings(members: Sequence[JudgeVersion], rubric: Rubric, protocol: dict[str, Any]) -> dict[str, Any]:
    strange = [str(member) for member in members if member.rubric_id != rubric.pk]
    if strange:
        raise JudgeError(
            _(
                "expected members that judge under %(rubric)s, got %(strange)s: make newer versions",
                rubric=rubric,
                strange=", ".join(strange),
            )
        )
    frozen = (
        Member(str(member), config_of(member), revision=member.revision, version_id=member.pk) for member in members
    )
    return {"members": [member.to_json() for member in frozen], "protocol": protocol}
