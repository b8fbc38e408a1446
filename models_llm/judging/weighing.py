"""One criterion of one item by the letters of its levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from annotations.choices import Outcome
from annotations.rubrics import CriterionSpec, RubricSpec
from annotations.sentences import sentence as _
from models_llm.choices import Flag
from models_llm.engines import Completion, FinishReason, Sampling
from models_llm.judging.asking import Asking
from models_llm.judging.distribution import Shares, entropy, expected, mean, one_hot, peak
from models_llm.judging.item_judge import Ratings, UnratedError, read_ratings, read_whole
from models_llm.judging.settings import PerCriterionSettings
from models_llm.parsing import storable
from models_llm.prompting import Questions

USUAL_MASS: Final = 0.9
"""Label mass below which the prompt does not suit the model."""


@dataclass(frozen=True)
class CriterionRating:
    """What a judge says of one criterion; `mass` is None where no letters were weighed."""

    level: int
    shares: Shares
    score: float | None
    mass: float | None
    rationale: str = ""
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class Weighed:
    """A distribution over the levels of a criterion, and the probability on all of its letters together."""

    shares: Shares
    mass: float


async def weigh(
    name: str, criterion: CriterionSpec, questions: Questions, asking: Asking, least_mass: float
) -> Weighed:
    """Ask for the letter of a level.

    Raises: UnratedError, if there are no weights or their mass is below `least_mass`.
    """
    letters = questions.letters(criterion)
    completion = await asking.weigh(name, questions.letter(criterion), letters)
    weights = _read_weights(completion, letters)
    mass = math.fsum(weights)
    if not mass > 0 or mass < least_mass:
        reason = _(
            "criterion “%(criterion)s”: the letters %(letters)s have a mass of %(mass)s",
            criterion=criterion.key,
            letters=", ".join(letters),
            mass=f"{mass:.3g}",
        )
        if mass > 0:
            reason = _("%(reason)s, at least %(least)s is asked for", reason=reason, least=f"{least_mass:g}")
        raise UnratedError(Outcome.UNPARSED, reason)
    return Weighed(tuple(weight / mass for weight in weights), mass)


class CriterionRater:
    """Rates one criterion at a time: the letters weighed, more answers drawn where they leave doubt, then reasons.

    The rating's distribution is that of the letters. Where its entropy is above `resample_above`, `resample_k` replies
    with reasons before the level are drawn at the seeds that follow the judge's own, and the distribution is the mean
    over the letters' distribution, counted once, and the level of each reply that can be read.
    """

    def __init__(self, rubric: RubricSpec, sampling: Sampling, settings: PerCriterionSettings) -> None:
        self._alone = {one.key: RubricSpec(rubric.name, (one,)) for one in rubric.criteria}
        self._sampling = sampling
        self._settings = settings

    async def rate(self, criterion: CriterionSpec, questions: Questions, asking: Asking) -> CriterionRating:
        """Raises: UnratedError."""
        weighed = await weigh(criterion.key, criterion, questions, asking, least_mass=self._settings.least_mass)
        shares = weighed.shares
        drawn: tuple[Ratings, ...] = ()
        flags = [Flag.LOW_MASS] if weighed.mass < USUAL_MASS else []
        if self._settings.resample_k and entropy(shares) > self._settings.resample_above:
            flags.append(Flag.RESAMPLED)
            drawn = await self._draw(criterion, questions, asking)
            shares = mean([shares, *(one_hot(criterion, reply.levels[0]) for reply in drawn)])
        level = peak(criterion, shares)
        rationale = next((reply.rationales[0] for reply in drawn if reply.levels[0] == level), "")
        if self._settings.rationales and not rationale:
            rationale = await self._ask_why(criterion, level, questions, asking)
            flags += [] if rationale else [Flag.NO_RATIONALE]
        score = expected(criterion, shares)
        return CriterionRating(level, shares, score, weighed.mass, rationale, tuple(flags))

    async def _draw(self, criterion: CriterionSpec, questions: Questions, asking: Asking) -> tuple[Ratings, ...]:
        """Those of the drawn replies that can be read."""
        drawn = []
        for number in range(1, self._settings.resample_k + 1):
            sampling = replace(
                self._sampling, temperature=self._settings.resample_temperature, seed=self._sampling.seed + number
            )
            name = f"{criterion.key} · draw {number}"
            completion = await asking.complete(name, questions.draw(criterion), sampling)
            try:
                drawn.append(read_ratings(completion, self._alone[criterion.key]))
            except UnratedError:
                continue  # the call is kept, and says why
        return tuple(drawn)

    async def _ask_why(self, criterion: CriterionSpec, level: int, questions: Questions, asking: Asking) -> str:
        """Reasons for a level that is given already; empty where the reply cannot be read, which changes no level."""
        prompt = questions.rationale(criterion, level)
        completion = await asking.complete(f"{criterion.key} · rationale", prompt, self._sampling)
        try:
            return storable(read_whole(completion).strip())
        except UnratedError:
            return ""


def ratings_of(criteria: Sequence[CriterionRating]) -> Ratings:
    """The ratings of an item from those of all its criteria."""
    rationales = tuple(one.rationale for one in criteria)
    return Ratings(
        levels=tuple(one.level for one in criteria),
        distributions=tuple(one.shares for one in criteria),
        scores=tuple(one.score for one in criteria),
        masses=tuple(one.mass for one in criteria),
        rationales=rationales if any(rationales) else (),
        flags=tuple(dict.fromkeys(flag for one in criteria for flag in one.flags)),
    )


def _read_weights(completion: Completion, letters: Sequence[str]) -> tuple[float, ...]:
    if completion.finish_reason in (FinishReason.REFUSED, FinishReason.FAILED) or completion.weights is None:
        read_whole(completion)
        raise UnratedError(Outcome.UNPARSED, _("the engine gave no weights of the letters"))
    weights = completion.weights
    if len(weights) != len(letters) or not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise UnratedError(
            Outcome.UNPARSED,
            _("expected %(n)s probabilities, got %(came)s", n=len(letters), came=weights),
        )
    return weights
