"""Two candidates, asked for in both orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from annotations.choices import Outcome, Scale
from annotations.rubrics import CriterionSpec, RubricSpec
from annotations.sentences import sentence as _
from models_llm.choices import Flag
from models_llm.engines import Engine, Sampling
from models_llm.errors import JudgeError
from models_llm.judging.asking import Asking
from models_llm.judging.distribution import Shares, mean, peak
from models_llm.judging.item_judge import ItemJudge, Ratings, UnratedError, read_ratings
from models_llm.judging.protocol import JudgedItem
from models_llm.judging.settings import PairwiseSettings
from models_llm.judging.weighing import USUAL_MASS, Weighed, weigh
from models_llm.prompting import CriterionPrompts, Example, PointwisePrompts, PromptTemplate

SIDES: Final = ("a", "b")
"""Keys of the levels that prefer the first and the second candidate."""

_AS_STORED: Final = "as stored"
_SWAPPED: Final = "swapped"


class PairwiseJudge(ItemJudge):
    """Every pair twice, the second time with the candidates swapped, and what is said then mapped back.

    Where both orders prefer the same, that is the level. Where they do not, position decided and not the candidates:
    the level is the tie, and the verdict is flagged. Under a rubric without a tie it is the one that both orders
    together hold likelier, and where they hold neither, or the labels were not weighed, there is no rating.

    With labels weighed, the distribution is the mean over both orders, and the mass the lower of the two. Else one
    structured reply an order rates all criteria; the rationales are those of the order in which the item is stored.
    """

    def __init__(
        self,
        rubric: RubricSpec,
        *,
        engine: Engine,
        sampling: Sampling,
        template: PromptTemplate,
        settings: PairwiseSettings,
        examples: Sequence[Example] = (),
    ) -> None:
        """Raises: JudgeError, if a criterion is no preference between “a” and “b”, or the template does not fit."""
        super().__init__(engine)
        self._pairs = tuple(_Pair.of(one) for one in rubric.criteria)
        self._rubric = rubric
        self._sampling = sampling
        self._least_mass = settings.least_mass
        self.prompts: CriterionPrompts | PointwisePrompts
        if settings.weigh:
            self.prompts = CriterionPrompts(template, rubric, examples, letters_only=True)
        else:
            self.prompts = PointwisePrompts(template, rubric, examples)

    async def rate(self, item: JudgedItem, asking: Asking) -> Ratings:
        if len(item.candidates) != 2:
            raise UnratedError(
                Outcome.FAILED,
                _("expected two candidates to compare, got %(n)s", n=len(item.candidates)),
            )
        swapped = replace(item, candidates=item.candidates[::-1])
        if isinstance(self.prompts, CriterionPrompts):
            return self._combine(
                await self._weigh(self.prompts, item, _AS_STORED, asking),
                await self._weigh(self.prompts, swapped, _SWAPPED, asking),
            )
        return self._compare(
            await self._reply(self.prompts, item, _AS_STORED, asking),
            await self._reply(self.prompts, swapped, _SWAPPED, asking),
        )

    async def _weigh(self, prompts: CriterionPrompts, item: JudgedItem, order: str, asking: Asking) -> list[Weighed]:
        """The letters of every criterion in one order: the item is the prefix that its prompts share."""
        questions = prompts.about(context=item.context, candidates=item.candidates, images=item.images)
        return [
            await weigh(f"{one.key} · {order}", one, questions, asking, least_mass=self._least_mass)
            for one in self._rubric.criteria
        ]

    async def _reply(self, prompts: PointwisePrompts, item: JudgedItem, order: str, asking: Asking) -> Ratings:
        prompt = prompts.prompt(context=item.context, candidates=item.candidates, images=item.images)
        return read_ratings(await asking.complete(order, prompt, self._sampling), self._rubric)

    def _combine(self, stored: Sequence[Weighed], swapped: Sequence[Weighed]) -> Ratings:
        shares = [
            mean([one.shares, pair.back(other.shares)])
            for pair, one, other in zip(self._pairs, stored, swapped, strict=True)
        ]
        masses = tuple(min(one.mass, other.mass) for one, other in zip(stored, swapped, strict=True))
        firsts = [peak(pair.criterion, one.shares) for pair, one in zip(self._pairs, stored, strict=True)]
        seconds = [peak(pair.criterion, one.shares) for pair, one in zip(self._pairs, swapped, strict=True)]
        levels, flags = self._agree(firsts, seconds, shares)
        flags += [Flag.LOW_MASS] if min(masses) < USUAL_MASS else []
        return Ratings(levels, distributions=tuple(shares), masses=masses, flags=tuple(flags))

    def _compare(self, stored: Ratings, swapped: Ratings) -> Ratings:
        levels, flags = self._agree(stored.levels, swapped.levels, None)
        return Ratings(levels, rationales=stored.rationales, flags=tuple(flags))

    def _agree(
        self, stored: Sequence[int], swapped: Sequence[int], shares: Sequence[Shares] | None
    ) -> tuple[tuple[int, ...], list[Flag]]:
        """The levels that both orders come to, each as its own prompt names it; and whether they had to.

        Raises: UnratedError.
        """
        levels, flags = [], []
        for at, (pair, first, second) in enumerate(zip(self._pairs, stored, swapped, strict=True)):
            if first == pair.swap[second]:
                levels.append(first)
            else:
                levels.append(pair.settle(None if shares is None else shares[at]))
                flags = [Flag.ORDERS_DISAGREE]
        return tuple(levels), flags


@dataclass(frozen=True)
class _Pair:
    """A preference criterion; `swap` says for each level which one means the same when the candidates are swapped."""

    criterion: CriterionSpec
    swap: tuple[int, ...]
    tie: int | None

    @classmethod
    def of(cls, criterion: CriterionSpec) -> _Pair:
        """Raises: JudgeError."""
        at = criterion.positions
        others = [level.key for level in criterion.levels if level.key not in SIDES]
        if criterion.scale is not Scale.PREFERENCE or not at.keys() >= set(SIDES) or len(others) > 1:
            raise JudgeError(
                _(
                    "a pairwise judge rates preferences with levels a and b, and perhaps one for a tie; "
                    "criterion “%(criterion)s” is %(scale)s with %(levels)s",
                    criterion=criterion.key,
                    scale=criterion.scale,
                    levels=", ".join(at),
                )
            )
        first, second = (at[side] for side in SIDES)
        swap = {first: second, second: first}
        return cls(
            criterion,
            tuple(swap.get(level, level) for level in range(len(at))),
            at[others[0]] if others else None,
        )

    def back(self, shares: Shares) -> Shares:
        """A distribution over the swapped pair as one over the pair."""
        return tuple(shares[level] for level in self.swap)

    def settle(self, shares: Shares | None) -> int:
        """The level where the orders disagree. Raises: UnratedError, if there is none."""
        if self.tie is not None:
            return self.tie
        if shares is None or shares[0] == shares[1]:
            reason = "the orders disagree, and the rubric has no level for a tie"
            raise UnratedError(
                Outcome.FAILED, _("criterion “%(criterion)s”: %(reason)s", criterion=self.criterion.key, reason=reason)
            )
        return peak(self.criterion, shares)
