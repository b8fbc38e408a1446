"""Judges and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, QuerySet

from annotations.models import Project
from annotations.sentences import sentence as _
from models_llm.choices import Flag, JudgeKind
from models_llm.engines import Engine, check_hosts, server_urls, shared_engine
from models_llm.errors import JudgeError
from models_llm.judging import Judge, JudgeConfig, build_judge
from models_llm.models import JudgeVersion, Verdict


def build_version(version_id: int, *, seed: int | None = None) -> Judge:
    """The judge that a version froze, ready to judge.

    Args:
        seed: of the run, in place of the version's own.
    Raises: JudgeError, EngineError or MissingExtraError, if it cannot be built here.
    """
    version = JudgeVersion.objects.select_related("judge", "rubric").get(pk=version_id)
    return build_judge(config_of(version), version.rubric.spec(), seed=seed, engines=engine_with_key)


def engine_with_key(name: str, *, model: str, config: Mapping[str, Any]) -> Engine:
    """The process's engine, with the key from the settings where all its servers are those that the key belongs to.

    Whoever may make a judge may name any server that the deployment allows; the key must not follow them there.

    Raises: EngineError, if a server is not allowed here, and as `shared_engine`.
    """
    urls = server_urls(config)
    check_hosts(urls, allowed=settings.JUDGE_ALLOWED_HOSTS)
    ours = {_origin(url) for url in (settings.JUDGE_URL, *settings.JUDGE_KEY_URLS) if url}
    is_ours = bool(urls) and all(_origin(url) in ours for url in urls)
    return shared_engine(name, model=model, config=config, api_key=settings.JUDGE_API_KEY if is_ours else "")


def config_of(version: JudgeVersion) -> JudgeConfig:
    """What the version froze, as the judging room takes it."""
    return replace(
        described_config(version),
        artifact=bytes(version.artifact or b""),
        member_artifacts=member_artifacts(version.config),
    )


def described_config(version: JudgeVersion) -> JudgeConfig:
    """What the version froze without what was fitted, which may be large: enough to tell of it, not to build it."""
    return JudgeConfig(version.judge.kind, version.engine, version.model, version.config)


def member_artifacts(settings: Mapping[str, Any]) -> dict[str, bytes]:
    """What the members of a jury so set were fitted to, by digest; from the versions that they are."""
    fitted = [member["version_id"] for member in settings.get("members", ()) if member.get("artifact_digest")]
    if not fitted:
        return {}
    rows = JudgeVersion.objects.filter(pk__in=fitted).values_list("artifact_digest", "artifact")
    return {digest: bytes(artifact or b"") for digest, artifact in rows}


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def versions_of(project: Project) -> QuerySet[JudgeVersion]:
    """The project's judge versions, by judge and newest first, with `n_runs` and `has_low_mass`."""
    low_mass = Verdict.objects.flagged(Flag.LOW_MASS).filter(run__judge_version=OuterRef("pk"))
    return (
        JudgeVersion.objects.filter(judge__project=project)
        .select_related("judge", "rater", "rubric")
        .defer("artifact", "config", "evaluation")
        .annotate(n_runs=Count("runs"), has_low_mass=Exists(low_mass))
        .order_by("judge__name", "-number")
    )


def whole_versions(project: Project) -> QuerySet[JudgeVersion]:
    """The project's versions with all that is told of one; what was fitted is left to those who build it."""
    versions = JudgeVersion.objects.filter(judge__project=project)
    return versions.select_related("judge__project", "rater", "rubric").defer("artifact")


def runnable_versions(project: Project) -> QuerySet[JudgeVersion]:
    """The versions that a run may be of: all but recorded ones."""
    return versions_of(project).exclude(judge__kind=JudgeKind.RECORDED)


def low_mass_verdicts(version: JudgeVersion) -> int:
    """How many of its verdicts say that the model would rather have answered something else than a label."""
    return Verdict.objects.flagged(Flag.LOW_MASS).filter(run__judge_version=version).count()


def newest_version(project: Project, name: str) -> JudgeVersion:
    """The newest version of the project's judge of that name.

    Raises: JudgeError, naming the judges that there are.
    """
    return version_numbered(project, name, None)


def version_numbered(project: Project, name: str, number: int | None) -> JudgeVersion:
    """A version of the project's judge of that name; the newest without a number.

    Raises: JudgeError, naming the judges or the versions that there are.
    """
    versions = JudgeVersion.objects.filter(judge__project=project, judge__name=name).order_by("-number")
    found = versions if number is None else versions.filter(number=number)
    version = found.select_related("judge__project", "rater", "rubric").first()
    if version is not None:
        return version
    numbers = ", ".join(str(known) for known in versions.values_list("number", flat=True))
    if numbers:
        raise JudgeError(
            _(
                "judge “%(name)s” has no version %(number)s; it has %(known)s",
                name=name,
                number=number,
                known=numbers,
            )
        )
    names = ", ".join(project.judges.order_by("name").values_list("name", flat=True))
    raise JudgeError(
        _(
            "project “%(project)s” has no judge “%(name)s”; it has %(known)s",
            project=project.slug,
            name=name,
            known=names or _("none yet: fit_baseline makes one"),
        )
    )
