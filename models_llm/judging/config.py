"""What a judge version freezes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from annotations.rubrics import RubricSpec
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
    """

    kind: str
    engine: str = ""
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    artifact: bytes = b""

    @property
    def members(self) -> tuple[Member, ...]:
        """The judges that it is made of.

        Raises: JudgeError, if one of them is not written as `Member.to_json` writes it.
        """
        return tuple(Member.from_json(record) for record in self.settings.get("members", ()))

    @property
    def holds_model(self) -> bool:
        """Whether it, or a member, runs a model in its own process."""
        own = self.kind == JudgeKind.REWARD_MODEL or self.engine in IN_PROCESS
        return own or any(member.config.holds_model for member in self.members)

    @property
    def wants_groups(self) -> bool:
        """Whether it, or a member, needs all items of a group together."""
        kind = KINDS.get(JudgeKind(self.kind))
        return bool(kind and kind.wants_groups) or any(member.config.wants_groups for member in self.members)

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
    def from_json(cls, record: Mapping[str, Any]) -> Member:
        """The member that `to_json` made a record of. Raises: JudgeError, if it is none."""
        try:
            return cls(
                name=record["name"],
                config=JudgeConfig(record["kind"], record["engine"], record["model"], record["settings"]),
                revision=record["revision"],
                version_id=record["version_id"],
            )
        except (KeyError, TypeError) as err:
            raise JudgeError(
                "expected a member of a jury with name, kind, engine, model, revision, settings and version_id, "
                f"got {str(record)[:200]}"
            ) from err

    def to_json(self) -> dict[str, Any]:
        """Raises: JudgeError, for a fitted judge: its parameters are not JSON."""
        if self.config.artifact:
            raise JudgeError(f"“{self.name}” is a fitted judge: a jury is made of judges that ask a language model")
        return {
            "name": self.name,
            "kind": self.config.kind,
            "engine": self.config.engine,
            "model": self.config.model,
            "revision": self.revision,
            "settings": dict(self.config.settings),
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
        raise JudgeError(f"a judge of kind {config.kind} has settings engine, sampling and prompt: {err}") from err
