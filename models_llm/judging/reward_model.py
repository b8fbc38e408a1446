"""A distilled judge: a reward model's values, cut into levels."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotations.choices import Outcome
from annotations.formats import candidates_under
from annotations.rubrics import RubricSpec
from annotations.sentences import said_by
from annotations.sentences import sentence as _
from models_llm.engines import Usage
from models_llm.errors import EngineError, JudgeError, MissingExtraError, UnusableError
from models_llm.judging.distribution import expected
from models_llm.judging.protocol import ItemVerdict, JudgedItem
from models_llm.prompting import fence_item
from models_llm.rewards import CutPoints, ValueScale, shared_model

_BATCH: Final = 64

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class RewardModelSettings:
    """What a version of a reward model freezes.

    Attributes:
        folder: where its files are; every worker of the engine queue sees it there.
        digest: SHA-256 of the folder; other files are refused.
        scales: of each criterion in order.
    """

    folder: str
    digest: str
    scales: tuple[ValueScale, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> RewardModelSettings:
        """Raises: JudgeError, if the value is not what `as_json` gives."""
        try:
            scales = tuple(
                ValueScale(
                    tuple(map(int, one["tiers"])),
                    tuple(map(float, one["within"])),
                    CutPoints(float(one["cuts"]["slope"]), tuple(map(float, one["cuts"]["cuts"]))),
                )
                for one in value["scales"]
            )
            return cls(str(value["folder"]), str(value["digest"]), scales)
        except (KeyError, TypeError, ValueError) as err:
            raise JudgeError(_("a reward model has settings folder, digest and scales: %(fault)s", fault=err)) from err


class RewardModelJudge:
    """Gives the likeliest level of every criterion, with the distribution it comes from."""

    wants_groups: bool = False

    def __init__(self, rubric: RubricSpec, settings: RewardModelSettings) -> None:
        sizes = [len(criterion.levels) for criterion in rubric.criteria]
        if [len(scale.tiers) for scale in settings.scales] != sizes:
            raise JudgeError(
                _(
                    "the reward model was trained under another rubric than “%(rubric)s”, whose criteria have "
                    "%(sizes)s levels: train it again",
                    rubric=rubric.name,
                    sizes=sizes,
                )
            )
        self._rubric = rubric
        self._n_candidates = candidates_under(rubric)
        self._scales = settings.scales
        self._model = shared_model(Path(settings.folder), settings.digest)

    async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        fitting = [at for at, item in enumerate(items) if len(item.candidates) == self._n_candidates]
        for at in set(range(len(items))).difference(fitting):
            yield at, self._unfit(items[at])
        for start in range(0, len(fitting), _BATCH):
            batch = fitting[start : start + _BATCH]
            verdicts = await self._judge_batch([items[at] for at in batch])
            for at, verdict in zip(batch, verdicts, strict=True):
                yield at, verdict

    async def _judge_batch(self, items: Sequence[JudgedItem]) -> list[ItemVerdict]:
        """Raises: UnusableError, if the model's files are not what they should be, or cannot be loaded."""
        try:
            computed = await self._model.values([text for item in items for text in render(item)])
        except (EngineError, MissingExtraError) as err:
            raise UnusableError(said_by(err)) from err
        each_s = computed.seconds / len(items)
        own = Usage(engine_s=each_s, gpu_s=each_s if computed.is_on_gpu else 0.0)
        values = item_values(computed.values, n_candidates=self._n_candidates)
        shares = [scale.shares(values[:, number]) for number, scale in enumerate(self._scales)]
        return [self._verdict([table[row] for table in shares], own) for row in range(len(items))]

    def _unfit(self, item: JudgedItem) -> ItemVerdict:
        wanted, got = self._n_candidates, len(item.candidates)
        error = _(
            "under this rubric a reward model judges items with %(wanted)s candidate(s), this one has %(came)s",
            wanted=wanted,
            came=got,
        )
        return ItemVerdict(Outcome.FAILED, error=error)

    def _verdict(self, shares: Sequence[FloatArray], own: Usage) -> ItemVerdict:
        return ItemVerdict(
            Outcome.RATED,
            levels=tuple(int(part.argmax()) for part in shares),
            distributions=tuple(tuple(float(share) for share in part) for part in shares),
            scores=tuple(
                expected(criterion, part.tolist())
                for criterion, part in zip(self._rubric.criteria, shares, strict=True)
            ),
            own=own,
        )


def render(item: JudgedItem) -> tuple[str, ...]:
    """An item as a reward model reads it: each candidate by itself, as it does not know of the other.

    The evidence comes first, so that cutting a long text keeps the candidate.
    """
    return tuple(fence_item(context=item.context, candidates=[candidate]) for candidate in item.candidates)


def item_values(values: FloatArray, *, n_candidates: int) -> FloatArray:
    """Values of items, (n_items, n_criteria), from those of their texts: of a pair, how far the first is ahead."""
    return values if n_candidates == 1 else values[0::2] - values[1::2]
