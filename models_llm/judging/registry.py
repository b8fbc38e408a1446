"""Every judge by its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol, runtime_checkable

from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _
from models_llm.engines import Engine, ReplayEngine, shared_engine
from models_llm.errors import JudgeError
from models_llm.judging.baseline import BaselineJudge, BaselineModel
from models_llm.judging.config import JudgeConfig, read_judge_settings
from models_llm.judging.jury import JuryJudge
from models_llm.judging.listwise import ListwiseJudge
from models_llm.judging.pairwise import PairwiseJudge
from models_llm.judging.per_criterion import PerCriterionJudge
from models_llm.judging.pointwise import PointwiseJudge
from models_llm.judging.protocol import Judge
from models_llm.judging.reward_model import RewardModelJudge, RewardModelSettings
from models_llm.judging.senior_reviewer import SeniorReviewerJudge
from models_llm.judging.settings import read_protocol


class EngineSource(Protocol):
    """Where a judge gets the engine that its configuration names."""

    def __call__(self, name: str, *, model: str, config: Mapping[str, Any]) -> Engine: ...


class Prompts(Protocol):
    """What is said before a prompt comes to the item: the system message, and the digest over all that is fixed."""

    @property
    def system(self) -> str: ...

    @property
    def digest(self) -> str: ...


@runtime_checkable
class _Prompting(Protocol):
    prompts: Prompts


def _asking(judge: Callable[..., Judge]) -> Callable[..., Judge]:
    """Builds a judge that asks a language model."""

    def build(config: JudgeConfig, rubric: RubricSpec, *, seed: int | None, engines: EngineSource) -> Judge:
        settings = read_judge_settings(config)
        return judge(
            rubric,
            engine=engines(config.engine, model=config.model, config=settings.engine),
            sampling=settings.sampling if seed is None else replace(settings.sampling, seed=seed),
            template=settings.template,
            examples=settings.examples,
            settings=settings.protocol,
        )

    return build


def _build_jury(config: JudgeConfig, rubric: RubricSpec, *, seed: int | None, engines: EngineSource) -> JuryJudge:
    settings = read_protocol(config.kind, config.settings.get("protocol", {}))
    names = [member.name for member in config.members]
    if len(set(names)) < len(names):
        raise JudgeError(
            _("expected members of a jury with a name each, got %(names)s", names=", ".join(sorted(names)))
        )
    nested = [member.name for member in config.members if member.config.members]
    if nested:
        raise JudgeError(_("a jury has judges as members, no other jury: %(nested)s", nested=", ".join(nested)))
    members = {member.name: build_judge(member.config, rubric, seed=seed, engines=engines) for member in config.members}
    return JuryJudge(rubric, members=members, settings=settings)


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
    "pointwise": _asking(PointwiseJudge),
    "per_criterion": _asking(PerCriterionJudge),
    "senior_reviewer": _asking(SeniorReviewerJudge),
    "pairwise": _asking(PairwiseJudge),
    "listwise": _asking(ListwiseJudge),
    "jury": _build_jury,
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
        raise JudgeError(
            _("there is no judge “%(kind)s”; there are %(known)s", kind=config.kind, known=", ".join(sorted(JUDGES)))
        )
    return JUDGES[config.kind](config, rubric, seed=seed, engines=engines)


def prompts_of(config: JudgeConfig, rubric: RubricSpec) -> Prompts | None:
    """What a judge says before it comes to an item; None for one that asks no language model itself.

    Raises: JudgeError, as `build_judge`. No engine is built.
    """
    judge = build_judge(config, rubric, engines=ReplayEngine(()).source)
    return judge.prompts if isinstance(judge, _Prompting) else None
