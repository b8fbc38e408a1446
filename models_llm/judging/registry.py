"""Every judge by its kind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Protocol

from annotations.rubrics import RubricSpec
from models_llm.engines import IN_PROCESS, Engine, Sampling, shared_engine
from models_llm.errors import JudgeError
from models_llm.judging.baseline import BaselineJudge, BaselineModel
from models_llm.judging.pointwise import PointwiseJudge
from models_llm.judging.protocol import Judge
from models_llm.judging.reward_model import RewardModelJudge, RewardModelSettings
from models_llm.prompting import PromptTemplate


@dataclass(frozen=True)
class JudgeConfig:
    """What a judge version freezes.

    Attributes:
        kind: a key of `JUDGES`.
        engine, model: which engine runs which model; empty for a judge without one.
        settings: JSON values by part: `engine`, `sampling`, `prompt`; empty for a judge without an engine.
        artifact: what was fitted; empty for a judge that is not.
    """

    kind: str
    engine: str = ""
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    artifact: bytes = b""

    @property
    def engines(self) -> frozenset[str]:
        """Names of all engines that it asks."""
        return frozenset({self.engine} - {""})

    @property
    def holds_model(self) -> bool:
        """Whether it runs a model in its own process."""
        return self.kind == "reward_model" or bool(self.engines & IN_PROCESS)

    def digest(self, rubric: RubricSpec, *, revision: str) -> str:
        """SHA-256 of all that decides a verdict: two versions with the same one judge alike."""
        parts = [self.kind, self.engine, self.model, revision, self.settings, rubric.digest]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "replace") + self.artifact).hexdigest()


def pointwise_settings(*, engine: Mapping[str, Any], sampling: Sampling, template: PromptTemplate) -> dict[str, Any]:
    """The `settings` of a pointwise judge. They hold the template's text: files change, a version does not."""
    return {"engine": dict(engine), "sampling": asdict(sampling), "prompt": asdict(template)}


class EngineSource(Protocol):
    """Where a judge gets the engine that its configuration names."""

    def __call__(self, name: str, *, model: str, config: Mapping[str, Any]) -> Engine: ...


def _build_pointwise(
    config: JudgeConfig, rubric: RubricSpec, *, seed: int | None, engines: EngineSource
) -> PointwiseJudge:
    try:
        sampling = Sampling(**config.settings["sampling"])
        template = PromptTemplate(**config.settings["prompt"])
        engine_settings = config.settings["engine"]
    except (KeyError, TypeError) as err:
        raise JudgeError(f"a pointwise judge has settings engine, sampling and prompt: {err}") from err
    return PointwiseJudge(
        rubric,
        engine=engines(config.engine, model=config.model, config=engine_settings),
        sampling=sampling if seed is None else replace(sampling, seed=seed),
        template=template,
    )


def _build_baseline(
    config: JudgeConfig, rubric: RubricSpec, *, seed: int | None, engines: EngineSource
) -> BaselineJudge:
    del seed, engines  # nothing is drawn and nobody is asked
    return BaselineJudge(rubric, BaselineModel.from_bytes(config.artifact))


def _build_reward_model(
    config: JudgeConfig, rubric: RubricSpec, *, seed: int | None, engines: EngineSource
) -> RewardModelJudge:
    del seed, engines  # nothing is drawn, and the model is its own
    return RewardModelJudge(rubric, RewardModelSettings.from_json(config.settings))


JUDGES: Final[Mapping[str, Callable[..., Judge]]] = {
    "pointwise": _build_pointwise,
    "baseline": _build_baseline,
    "reward_model": _build_reward_model,
}


def build_judge(
    config: JudgeConfig, rubric: RubricSpec, *, seed: int | None = None, engines: EngineSource = shared_engine
) -> Judge:
    """The judge that a version froze, ready to judge.

    Args:
        seed: the run's seed, in place of the one in the version's sampling.
        engines: where its engines come from; the process's own unless given.
    Raises: JudgeError or EngineError, if there is no such judge or engine or a setting is not valid.
    """
    if config.kind not in JUDGES:
        raise JudgeError(f"there is no judge “{config.kind}”; there are {', '.join(sorted(JUDGES))}")
    return JUDGES[config.kind](config, rubric, seed=seed, engines=engines)
