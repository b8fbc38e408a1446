"""What is asked of an export, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.choices import ProjectKind, Scale
from annotations.rubrics import Ranking, RubricSpec
from models_llm.choices import Labels


@dataclass(frozen=True)
class JudgeName:
    """A judge as data sets name it. `version` is None for verdicts that an import brought."""

    name: str
    version: int | None = None

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}@{self.version}"


@dataclass(frozen=True)
class Plan:
    """How rows are made of items.

    Attributes:
        judges: the judges whose verdicts the blocks carry, in order.
        decider: position in `judges` of the judge that decides, None where no judge does.
        is_calibrated: whether the blocks carry judges' probabilities.
        max_per_prompt: most rows of one prompt in the shapes `sft` and, from groups, `dpo`; None: no limit.
    """

    kind: ProjectKind
    rubric: RubricSpec
    labels: Labels
    judges: tuple[JudgeName, ...] = ()
    decider: int | None = None
    max_per_prompt: int | None = None
    is_calibrated: bool = False

    @property
    def can_qualify(self) -> bool:
        """Whether the rubric has levels that pass; a preference has none."""
        return any(criterion.can_pass for criterion in self.rubric.criteria)

    @property
    def preferences(self) -> tuple[int, ...]:
        """Positions of the criteria that compare two candidates."""
        return tuple(p for p, criterion in enumerate(self.rubric.criteria) if criterion.scale is Scale.PREFERENCE)

    @property
    def ranking(self) -> Ranking | None:
        """How the candidates of a group are ranked; None under a rubric that judges each by itself."""
        return self.rubric.ranking

    @property
    def weighs_by_selection(self) -> bool:
        """Whether rows stand for the items the draw left out: only where nobody but people decides."""
        return self.labels == Labels.PEOPLE
