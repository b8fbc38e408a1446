"""The same judge under other circumstances: another seed, a temperature, the rubric in another order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from annotations.rubrics import CriterionSpec, RubricSpec
from models_llm.choices import JudgeKind
from models_llm.engines import Completion, Engine, Prompt, Sampling
from models_llm.judging import EngineSource, ItemVerdict, Judge, JudgeConfig, build_judge

Order = Literal["as it is", "criteria reversed", "levels reversed"]


@dataclass(frozen=True)
class Setup:
    """How a judge is built for a trial.

    Attributes:
        temperature: in place of the judge's own, whatever it asks an engine to write; None: its own.
        draw: counts repetitions; each has a seed of its own.
        order: in which order the judge reads the rubric.
    """

    draw: int = 0
    temperature: float | None = None
    order: Order = "as it is"

    def build(self, config: JudgeConfig, rubric: RubricSpec, *, seed: int, engines: EngineSource) -> Judge:
        """The judge for this setup.

        Raises: as `build_judge`.
        """
        source = engines if self.temperature is None else _AtTemperature(engines, self.temperature)
        moved = config if self.order == "as it is" else _moved(config, rubric, self.order)
        return build_judge(moved, reordered(rubric, self.order), seed=seed + self.draw, engines=source)


AS_IT_IS: Final = Setup()


def reordered(rubric: RubricSpec, order: Order) -> RubricSpec:
    """The rubric with its criteria, or the levels of each criterion, from last to first."""
    if order == "criteria reversed":
        return replace(rubric, criteria=rubric.criteria[::-1])
    if order == "levels reversed":
        return replace(rubric, criteria=tuple(_with_levels_reversed(criterion) for criterion in rubric.criteria))
    return rubric


def restored(verdict: ItemVerdict, rubric: RubricSpec, order: Order) -> ItemVerdict:
    """A verdict under the reordered rubric, as one under the rubric itself."""
    if verdict.levels is None or order == "as it is":
        return verdict
    if order == "levels reversed":
        levels = _mirrored(verdict.levels, rubric)
        shares = verdict.distributions
        return replace(
            verdict, levels=levels, distributions=None if shares is None else tuple(one[::-1] for one in shares)
        )
    return replace(
        verdict,
        levels=verdict.levels[::-1],
        distributions=None if verdict.distributions is None else verdict.distributions[::-1],
        scores=None if verdict.scores is None else verdict.scores[::-1],
        masses=None if verdict.masses is None else verdict.masses[::-1],
        rationales=verdict.rationales[::-1],
    )


def _with_levels_reversed(criterion: CriterionSpec) -> CriterionSpec:
    # Levels without a value get the number that they have now: a score must not change with the order.
    levels = tuple(
        replace(level, value=value) if criterion.is_ordered else level
        for level, value in zip(criterion.levels, criterion.values, strict=True)
    )
    return replace(criterion, levels=levels[::-1])


def _mirrored(levels: Sequence[int], rubric: RubricSpec) -> tuple[int, ...]:
    return tuple(len(criterion.levels) - 1 - level for criterion, level in zip(rubric.criteria, levels, strict=True))


def _moved(config: JudgeConfig, rubric: RubricSpec, order: Order) -> JudgeConfig:
    """The configuration with all in it that goes by the place of a criterion or level moved as the rubric is."""
    settings = dict(config.settings)
    if "examples" in settings:
        settings["examples"] = [
            {**example, "levels": _moved_levels(example["levels"], rubric, order)} for example in settings["examples"]
        ]
    if config.kind == JudgeKind.SENIOR_REVIEWER and not settings.get("protocol", {}).get("overall"):
        settings["protocol"] = {**settings.get("protocol", {}), "overall": rubric.criteria[-1].key}
    if "members" in settings:
        settings["members"] = [
            replace(member, config=_moved(member.config, rubric, order)).to_json() for member in config.members
        ]
    return replace(config, settings=settings)


def _moved_levels(levels: Sequence[int], rubric: RubricSpec, order: Order) -> list[int]:
    return list(levels[::-1] if order == "criteria reversed" else _mirrored(levels, rubric))


class _AtTemperature:
    """Engines that write at one temperature, whatever they are asked."""

    def __init__(self, engines: EngineSource, temperature: float) -> None:
        self._engines = engines
        self._temperature = temperature

    def __call__(self, name: str, *, model: str, config: Mapping[str, Any]) -> Engine:
        return _Warmed(self._engines(name, model=model, config=config), self._temperature)


class _Warmed:
    """Another engine at a temperature. A distribution over labels is taken at 1 in any case."""

    def __init__(self, engine: Engine, temperature: float) -> None:
        self._engine = engine
        self._temperature = temperature

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        return await self._engine.complete(prompt, replace(sampling, temperature=self._temperature))

    async def weigh(self, prompt: Prompt, labels: tuple[str, ...]) -> Completion:
        return await self._engine.weigh(prompt, labels)

    async def close(self) -> None:
        await self._engine.close()
