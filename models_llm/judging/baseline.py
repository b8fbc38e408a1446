"""A judge without a language model: the floor that every language model must beat."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotations.choices import Outcome
from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _
from models_llm.errors import FitError, JudgeError
from models_llm.judging.features import FeatureSpace, hashed_features, learn_space, overlap_features
from models_llm.judging.protocol import ItemVerdict, JudgedItem

FORMAT: Final = 1
_REGULARISATION: Final = 1.0
# Of the optimiser's gradient: on 730 long stories a hundredth of this takes seven times as long and moves no
# accuracy by more than one item in a hundred.
_TOLERANCE: Final = 1e-2
_MOST_STEPS: Final = 500
_BATCH: Final = 100

FloatArray = NDArray[np.float64]
OnStep = Callable[[str], None]
"""Called, while a baseline is fitted, with what begins now."""


@dataclass(frozen=True)
class RatedItem:
    """An item with what people decided on it: a level for each criterion, None where they did not decide.

    Items of one `group` share their evidence and never stand on both sides of a split.
    """

    item: JudgedItem
    levels: tuple[int | None, ...]
    group: str


@dataclass(frozen=True)
class CriterionModel:
    """Multinomial logistic model of one criterion.

    Attributes:
        seen: level positions that people used, ascending; one alone is always given.
        weights: (n_seen, n_columns).
        offsets: (n_seen,).
    """

    seen: tuple[int, ...]
    weights: FloatArray
    offsets: FloatArray

    def probabilities(self, columns: sparse.csr_matrix, n_levels: int) -> FloatArray:
        """(n_items, n_levels), rows summing to 1; levels that people never used have 0."""
        scores = np.asarray(columns @ self.weights.T) + self.offsets
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        result = np.zeros((columns.shape[0], n_levels))
        result[:, list(self.seen)] = exponentials / exponentials.sum(axis=1, keepdims=True)
        return result


@dataclass(frozen=True)
class BaselineModel:
    """Everything a fitted baseline judge is; `to_bytes` gives equal bytes for equal models."""

    rubric_digest: str
    space: FeatureSpace
    means: FloatArray
    scales: FloatArray
    criteria: tuple[CriterionModel, ...]

    def columns(self, items: Sequence[JudgedItem]) -> sparse.csr_matrix:
        scaled = (overlap_features(self.space, items) - self.means) / self.scales
        return sparse.hstack([sparse.csr_matrix(scaled), hashed_features(self.space, items)]).tocsr()

    def probabilities(self, items: Sequence[JudgedItem], rubric: RubricSpec) -> list[FloatArray]:
        """For each criterion, the probability of each level: (n_items, n_levels)."""
        columns = self.columns(items)
        return [
            model.probabilities(columns, len(criterion.levels))
            for model, criterion in zip(self.criteria, rubric.criteria, strict=True)
        ]

    def to_bytes(self) -> bytes:
        """The model as an archive of plain arrays: nothing in it is executed when it is read."""
        header = {
            "format": FORMAT,
            "rubric_digest": self.rubric_digest,
            "space": asdict(self.space),
            "seen": [model.seen for model in self.criteria],
        }
        arrays: dict[str, Any] = {
            "header": np.frombuffer(json.dumps(header, sort_keys=True).encode(), dtype=np.uint8),
            "means": self.means,
            "scales": self.scales,
        }
        for number, model in enumerate(self.criteria):
            arrays[f"weights_{number}"] = model.weights
            arrays[f"offsets_{number}"] = model.offsets
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> BaselineModel:
        """The model that `to_bytes` wrote.

        Raises: JudgeError, if the bytes are no such archive.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                header = json.loads(arrays["header"].tobytes())
                if header["format"] != FORMAT:
                    raise JudgeError(
                        _(
                            "expected a baseline of format %(format)s, got %(came)s",
                            format=FORMAT,
                            came=header["format"],
                        )
                    )
                space = header["space"]
                return cls(
                    rubric_digest=header["rubric_digest"],
                    space=FeatureSpace(
                        space["n_candidates"], tuple(space["evidence_fields"]), tuple(space["candidate_fields"])
                    ),
                    means=arrays["means"],
                    scales=arrays["scales"],
                    criteria=tuple(
                        CriterionModel(tuple(seen), arrays[f"weights_{number}"], arrays[f"offsets_{number}"])
                        for number, seen in enumerate(header["seen"])
                    ),
                )
        except (ValueError, KeyError, TypeError, OSError, EOFError) as err:
            raise JudgeError(_("the artifact is not a fitted baseline judge: %(fault)s", fault=err)) from err


class BaselineJudge:
    """Gives the likeliest level of every criterion, with the distribution it comes from."""

    wants_groups: bool = False

    def __init__(self, rubric: RubricSpec, model: BaselineModel) -> None:
        if model.rubric_digest != rubric.digest:
            raise JudgeError(
                _(
                    "the baseline was fitted under another rubric than “%(rubric)s” (%(digest)s), "
                    "%(rubric_digest)s: fit it again",
                    rubric=rubric.name,
                    digest=rubric.digest[:12],
                    rubric_digest=model.rubric_digest[:12],
                )
            )
        self._rubric = rubric
        self._model = model

    async def judge(self, items: Sequence[JudgedItem]) -> AsyncIterator[tuple[int, ItemVerdict]]:
        fitting = [at for at, item in enumerate(items) if self._model.space.fits(item)]
        for at in set(range(len(items))).difference(fitting):
            yield at, self._unfit(items[at])
        for start in range(0, len(fitting), _BATCH):
            batch = fitting[start : start + _BATCH]
            # Off the loop, which other judges' engines share.
            rated = await asyncio.to_thread(self._rate, [items[at] for at in batch])
            for at, verdict in zip(batch, rated, strict=True):
                yield at, verdict

    def _rate(self, items: Sequence[JudgedItem]) -> list[ItemVerdict]:
        by_criterion = self._model.probabilities(items, self._rubric)
        return [
            ItemVerdict(
                Outcome.RATED,
                levels=tuple(int(table[row].argmax()) for table in by_criterion),
                distributions=tuple(tuple(float(share) for share in table[row]) for table in by_criterion),
            )
            for row in range(len(items))
        ]

    def _unfit(self, item: JudgedItem) -> ItemVerdict:
        expected, got = self._model.space.n_candidates, len(item.candidates)
        error = _(
            "the baseline was fitted on items with %(wanted)s candidate(s), this one has %(came)s",
            wanted=expected,
            came=got,
        )
        return ItemVerdict(Outcome.FAILED, error=error)


def fit_model(rubric: RubricSpec, rated: Sequence[RatedItem], *, on_step: OnStep | None = None) -> BaselineModel:
    """A model of people's levels from the items they rated; equal input gives an equal model.

    Raises: FitError, if items differ in their number of candidates, have more than two, or nobody rated one
        of the criteria.
    """
    items = [one.item for one in rated]
    counts = {len(item.candidates) for item in items}
    if len(counts) != 1 or not counts <= {1, 2}:
        raise FitError(
            _(
                "expected items that all have one candidate or all have two to fit a baseline, got %(counts)s",
                counts=sorted(counts),
            )
        )
    space = learn_space(items)
    overlaps = overlap_features(space, items)
    spread = overlaps.std(axis=0)
    model = BaselineModel(rubric.digest, space, overlaps.mean(axis=0), np.where(spread > 0, spread, 1.0), criteria=())
    columns = model.columns(items)
    fitted = []
    for number, criterion in enumerate(rubric.criteria):
        if on_step is not None:
            on_step(f"fitting {criterion.name}, {number + 1} of {len(rubric.criteria)}")
        fitted.append(_fit_criterion(columns, [one.levels[number] for one in rated], criterion.key))
    return BaselineModel(model.rubric_digest, space, model.means, model.scales, tuple(fitted))


def _fit_criterion(columns: sparse.csr_matrix, levels: Sequence[int | None], key: str) -> CriterionModel:
    from sklearn.linear_model import LogisticRegression

    rows = [row for row, level in enumerate(levels) if level is not None]
    wanted = np.array([levels[row] for row in rows])
    seen = tuple(int(level) for level in np.unique(wanted))
    if not seen:
        raise FitError(
            _(
                "criterion “%(criterion)s”: people rated none of the items that the baseline would learn from",
                criterion=key,
            )
        )
    if len(seen) == 1:
        return CriterionModel(seen, np.zeros((1, columns.shape[1])), np.zeros(1))
    fitted = LogisticRegression(C=_REGULARISATION, tol=_TOLERANCE, max_iter=_MOST_STEPS).fit(columns[rows], wanted)
    weights, offsets = fitted.coef_, fitted.intercept_
    if len(seen) == 2:  # one row of weights stands for the second level against the first
        weights = np.vstack([np.zeros_like(weights), weights])
        offsets = np.concatenate([[0.0], offsets])
    return CriterionModel(seen, weights, offsets)
