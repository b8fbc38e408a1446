"""Sub-evaluators for the dimensions, and a senior reviewer who sets the tier (RecGPT-V2, Agent-as-a-Judge)."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.choices import Scale
from annotations.rubrics import CriterionSpec, RubricSpec
from annotations.sentences import sentence as _
from models_llm.engines import Engine, Sampling
from models_llm.errors import JudgeError
from models_llm.judging.asking import Asking
from models_llm.judging.distribution import merit, one_hot
from models_llm.judging.item_judge import ItemJudge, Ratings
from models_llm.judging.protocol import JudgedItem
from models_llm.judging.settings import SeniorReviewerSettings
from models_llm.judging.weighing import CriterionRater, CriterionRating, ratings_of
from models_llm.prompting import CriterionPrompts, Example, PromptTemplate


class SeniorReviewerJudge(ItemJudge):
    """Every dimension by itself, as the per-criterion judge does; then a rule for the criterion with the tiers.

    Any dimension whose level does not pass is a defect and makes the worst tier. Without a defect the share of
    dimensions at their best level decides: the best tier from `superior_share` on, the middle one below. The model is
    never asked for the tier, so the tier has no label mass, and its distribution is the rule's: all on one level.
    """

    def __init__(
        self,
        rubric: RubricSpec,
        *,
        engine: Engine,
        sampling: Sampling,
        template: PromptTemplate,
        settings: SeniorReviewerSettings,
        examples: Sequence[Example] = (),
    ) -> None:
        """Raises: JudgeError, if the rubric has no criterion with three tiers, or a dimension cannot fail."""
        super().__init__(engine)
        self._overall = _find_overall(rubric, settings.overall)
        self._bad, self._average, self._superior = _by_merit(self._overall)
        self._superior_share = settings.superior_share
        self.prompts = CriterionPrompts(template, rubric, examples)
        self._rubric = rubric
        self._rater = CriterionRater(rubric, sampling, settings)

    async def rate(self, item: JudgedItem, asking: Asking) -> Ratings:
        questions = self.prompts.about(context=item.context, candidates=item.candidates, images=item.images)
        dimensions = [one for one in self._rubric.criteria if one is not self._overall]
        rated = {one.key: await self._rater.rate(one, questions, asking) for one in dimensions}
        tier = self._review(dimensions, rated)
        return ratings_of([rated.get(one.key, tier) for one in self._rubric.criteria])

    def _review(self, dimensions: Sequence[CriterionSpec], rated: dict[str, CriterionRating]) -> CriterionRating:
        defects = [one.name for one in dimensions if not one.levels[rated[one.key].level].passes]
        n_best = sum(rated[one.key].level == _by_merit(one)[-1] for one in dimensions)
        if defects:
            level, reason = self._bad, _("Defect: %(names)s.", names=", ".join(defects))
        else:
            is_superior = n_best / len(dimensions) >= self._superior_share
            level = self._superior if is_superior else self._average
            reason = _("No defect, %(n)s of %(of)s at their best level.", n=n_best, of=len(dimensions))
        score = self._overall.levels[level].value
        return CriterionRating(level, one_hot(self._overall, level), score, None, reason)


def _find_overall(rubric: RubricSpec, key: str) -> CriterionSpec:
    overall = next((one for one in rubric.criteria if one.key == key), None) if key else rubric.criteria[-1]
    if overall is None:
        raise JudgeError(
            _(
                "setting overall: rubric “%(rubric)s” has no criterion “%(criterion)s”",
                rubric=rubric.name,
                criterion=key,
            )
        )
    if overall.scale is not Scale.ORDINAL or len(overall.levels) != 3:
        raise JudgeError(
            _(
                "a senior reviewer sets a tier on an ordinal criterion with three levels; “%(criterion)s” is "
                "%(scale)s with %(n)s: name another in the setting overall",
                criterion=overall.key,
                scale=overall.scale,
                n=len(overall.levels),
            )
        )
    dimensions = [one for one in rubric.criteria if one is not overall]
    cannot_fail = [one.key for one in dimensions if not one.can_pass]
    if not dimensions or cannot_fail:
        raise JudgeError(
            _(
                "a senior reviewer needs dimensions with levels that pass and levels that fail beside "
                "“%(criterion)s”; %(lacking)s",
                criterion=overall.key,
                lacking=_("%(criteria)s cannot fail", criteria=", ".join(cannot_fail))
                if cannot_fail
                else _("there are none"),
            )
        )
    return overall


def _by_merit(criterion: CriterionSpec) -> list[int]:
    """Level positions from the worst to the best."""
    return sorted(range(len(criterion.levels)), key=lambda level: merit(criterion, level))
