"""What a judge version freezes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _
from models_llm.choices import JudgeKind
from models_llm.engines import IN_PROCESS, Sampling
from models_llm.errors import JudgeError
from models_llm.judging.settings import KINDS, read_protocol
from models_llm.prompting import Example, PromptTemplate


@dataclass(frozen=True)
class JudgeConfig:
    """A judge, frozen.

    Attributes:
        kind: a key of `JUDGES`.
        engine, model: which engine runs which model; empty for a judge without one of its own.
        settings: JSON values by part. A judge that asks a language model has those of `judge_settings`, a jury has
            `members` and `protocol`, any other judge its own.
        artifact: what was fitted; empty for a judge that is not.
        member_artifacts: those of its members, by `artifact_digest`.
    """

    kind: str
    engine: str = ""
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    artifact: bytes = b""
    member_artifacts: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def artifact_digest(self) -> str:
        """SHA-256 of the artifact; empty without one."""
        return hashlib.sha256(self.artifact).hexdigest() if self.artifact else ""

    @property
    def members(self) -> tuple[Member, ...]:
        """The judges that it is made of.

        Raises: JudgeError, if one of them is not written as `Member.to_json` writes it.
        """
        return tuple(Member.from_json(record, self.member_artifacts) for record in self.settings.get("members", ()))

    @property
    def parts(self) -> tuple[JudgeConfig, ...]:
        """The judges that look at items: its members, or itself. Those with an engine ask it, the others were fitted.

        Raises: JudgeError, as `members`.
        """
        return tuple(member.config for member in self.members) or (self,)

    @property
    def holds_model(self) -> bool:
        """Whether it, or a member, runs a model in its own process."""
        return any(part.kind == JudgeKind.REWARD_MODEL or part.engine in IN_PROCESS for part in self.parts)

    @property
    def wants_groups(self) -> bool:
        """Whether it, or a member, needs all items of a group together."""
        kinds = (KINDS.get(JudgeKind(part.kind)) for part in self.parts)
        return any(kind.wants_groups for kind in kinds if kind)

    def digest(self, rubric: RubricSpec, *, revision: str) -> str:
        """SHA-256 of all that decides a verdict: two versions with the same one judge alike."""
        parts = [self.kind, self.engine, self.model, revision, self.settings, rubric.digest]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "replace") + self.artifact).hexdigest()


@dataclass(frozen=True)
class Member:
    """One judge of a jury.

    Attributes:
        name: what its calls are named after.
        version_id: the judge version of the project that it is; None for one that is none.
    """

    name: str
    config: JudgeConfig
    revision: str = ""
    version_id: int | None = None

    @classmethod
    def from_json(cls, record: Mapping[str, Any], artifacts: Mapping[str, bytes]) -> Member:
        """The member that `to_json` made a record of, with its artifact out of those given by digest.

        Raises: JudgeError, if it is none.
        """
        try:
            artifact = artifacts.get(record.get("artifact_digest", ""), b"")
            return cls(
                name=record["name"],
                config=JudgeConfig(record["kind"], record["engine"], record["model"], record["settings"], artifact),
                revision=record["revision"],
                version_id=record["version_id"],
            )
        except (AttributeError, KeyError, TypeError) as err:
            raise JudgeError(
                _(
                    "expected a member of a jury with name, kind, engine, model, revision, settings and "
                    "version_id, got %(came)s",
                    came=str(record)[:200],
                )
            ) from err

    def to_json(self) -> dict[str, Any]:
        """The member without its artifact, which is no JSON: the digest stands for it."""
        return {
            "name": self.name,
            "kind": self.config.kind,
            "engine": self.config.engine,
            "model": self.config.model,
            "revision": self.revision,
            "settings": dict(self.config.settings),
            "artifact_digest": self.config.artifact_digest,
            "version_id": self.version_id,
        }


@dataclass(frozen=True)
class AskingSettings:
    """The settings of a judge that asks a language model, read.

    Attributes:
        protocol: the dataclass of its kind.
    """

    engine: Mapping[str, Any]
    sampling: Sampling
    template: PromptTemplate
    examples: tuple[Example, ...]
    protocol: Any


def judge_settings(
    *,
    engine: Mapping[str, Any],
    sampling: Sampling,
    template: PromptTemplate,
    examples: Sequence[Example] = (),
    protocol: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The `settings` of a judge that asks a language model.

    They hold the texts of template and examples: files and rows change, a version does not.

    Args:
        protocol: the kind's own settings, as `read_protocol` takes them.
    """
    return {
        "engine": dict(engine),
        "sampling": asdict(sampling),
        "prompt": asdict(template),
        "examples": [example.to_json() for example in examples],
        "protocol": dict(protocol or {}),
    }


def read_judge_settings(config: JudgeConfig) -> AskingSettings:
    """What `judge_settings` wrote; versions made before there were examples and protocols lack these.

    Raises: JudgeError, if a part is absent or not valid.
    """
    settings = config.settings
    try:
        return AskingSettings(
            engine=settings["engine"],
            sampling=Sampling(**settings["sampling"]),
            template=PromptTemplate(**settings["prompt"]),
            examples=tuple(Example.from_json(record) for record in settings.get("examples", ())),
            protocol=read_protocol(config.kind, settings.get("protocol", {})),
        )
    except (KeyError, TypeError) as err:
        raise JudgeError(
            _(
                "a judge of kind %(kind)s has settings engine, sampling and prompt: %(fault)s",
                kind=config.kind,
                fault=err,
            )
        ) from err
