"""Training the values of a model on ratings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from annotations.rubrics import MISSING, RubricSpec
from annotations.sentences import sentence as _
from models_llm.errors import FitError
from models_llm.rewards.losses import listwise_loss, pairwise_loss
from models_llm.rewards.value_model import ValueModel
from models_llm.rewards.value_scale import sides_of, tiers_of


class Objective(StrEnum):
    LISTWISE = "listwise"
    PAIRS = "pairs"


_LOSSES: Final[Mapping[Objective, Callable[..., Any]]] = {
    Objective.LISTWISE: listwise_loss,
    Objective.PAIRS: pairwise_loss,
}


@dataclass(frozen=True)
class RatedText:
    """A rendered item with what is known of it.

    Attributes:
        tiers: for each criterion, how good it is, higher better; MISSING where nobody said.
        group: texts of one group share their evidence, and are contrasted with one another.
        weight: of this text as one that should come first; below 1 for a teacher's verdict.
    """

    text: str
    tiers: tuple[int, ...]
    group: str
    weight: float = 1.0


def rated_texts(
    rubric: RubricSpec,
    texts: Sequence[str],
    levels: Sequence[int | None],
    *,
    item_id: int,
    group: str,
    weight: float = 1.0,
) -> list[RatedText]:
    """The texts of an item with what its levels say of them, None where nobody said.

    A single text is contrasted with those of its group, the two of a pair with each other alone.
    """
    rated = list(zip(rubric.criteria, levels, strict=True))
    if len(texts) == 1:
        tiers = (MISSING if level is None else tiers_of(criterion)[level] for criterion, level in rated)
        return [RatedText(texts[0], tuple(tiers), group, weight)]
    sides = [(MISSING, MISSING) if level is None else sides_of(criterion, level) for criterion, level in rated]
    return [
        RatedText(text, tuple(pair[place] for pair in sides), f"pair {item_id}", weight)
        for place, text in enumerate(texts)
    ]


@dataclass(frozen=True)
class Training:
    """How to train.

    Attributes:
        batch_texts: texts whose values are computed together; whole groups where they fit.
        learning_rate: at its highest, after a tenth of the steps; it falls to 0 in a straight line.
    """

    objective: Objective = Objective.LISTWISE
    epochs: int = 3
    batch_texts: int = 32
    learning_rate: float = 2e-5
    weight_decay: float = 0.01
    clip: float = 1.0


@dataclass(frozen=True)
class TrainedValues:
    """How training went: the mean loss of each epoch, and how many ordered pairs it had to learn from."""

    losses: tuple[float, ...]
    n_steps: int
    n_pairs: int


def train_value_model(
    model: ValueModel,
    texts: Sequence[RatedText],
    training: Training,
    *,
    rng: np.random.Generator,
    on_step: Callable[[int, int], None] | None = None,
) -> TrainedValues:
    """Train a model's values in place so that they order the texts as their tiers are ordered.

    A group without two tiers of a criterion teaches nothing by itself: such texts of a batch are contrasted with each
    other, across groups.

    Args:
        rng: draws the order of the groups in each epoch.
        on_step: called with steps done and steps in all.
    Raises: FitError, if no two texts differ in a tier.
    """
    import torch

    n_pairs = _count_pairs(texts)
    if not n_pairs:
        raise FitError(_("expected texts that differ in a rating, to learn an order from; all of them are rated alike"))
    batches_by_epoch = [list(_batches(texts, training.batch_texts, rng)) for _ in range(training.epochs)]
    n_steps = sum(len(batches) for batches in batches_by_epoch)
    optimiser = torch.optim.AdamW(model.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay)
    warm = max(1, n_steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, (n_steps - step) / max(1, n_steps - warm), 1.0)
    )
    losses, n_done = [], 0
    model.train()
    for batches in batches_by_epoch:
        sums: list[float] = []
        for batch in batches:
            loss = _batch_loss(model.forward([one.text for one in batch]), batch, _LOSSES[training.objective])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), training.clip)
            optimiser.step()
            schedule.step()
            sums.append(float(loss.detach()))
            n_done += 1
            if on_step is not None:
                on_step(n_done, n_steps)
        losses.append(float(np.mean(sums)))
    return TrainedValues(tuple(losses), n_steps, n_pairs)


def _batches(texts: Sequence[RatedText], size: int, rng: np.random.Generator) -> Iterator[list[RatedText]]:
    """Batches of whole groups in a drawn order; a group larger than a batch is cut."""
    by_group: dict[str, list[RatedText]] = {}
    for one in texts:
        by_group.setdefault(one.group, []).append(one)
    names = list(by_group)
    batch: list[RatedText] = []
    for number in rng.permutation(len(names)):
        group = by_group[names[number]]
        if batch and len(batch) + len(group) > size:
            yield batch
            batch = []
        for start in range(0, len(group), size):
            batch += group[start : start + size]
            if len(batch) >= size:
                yield batch
                batch = []
    if batch:
        yield batch


def _batch_loss(values: Any, batch: Sequence[RatedText], loss_of: Callable[..., Any]) -> Any:
    """Loss over criteria and contrast groups, per text and criterion that has a tier."""
    import torch

    weights = torch.tensor([one.weight for one in batch], device=values.device)
    total, n_rated = values.sum() * 0, 0
    for number in range(values.shape[1]):
        for chosen in _contrasts(batch, number):
            tiers = torch.tensor([batch[at].tiers[number] for at in chosen], device=values.device)
            total = total + loss_of(values[chosen, number], tiers, weights[chosen])
            n_rated += len(chosen)
    return total / max(n_rated, 1)


def _contrasts(batch: Sequence[RatedText], number: int) -> list[list[int]]:
    """Positions of texts that are contrasted with one another on a criterion."""
    by_group: dict[str, list[int]] = {}
    for at, one in enumerate(batch):
        if one.tiers[number] != MISSING:
            by_group.setdefault(one.group, []).append(at)
    contrasts, pooled = [], []
    for chosen in by_group.values():
        if len({batch[at].tiers[number] for at in chosen}) > 1:
            contrasts.append(chosen)
        else:
            pooled += chosen
    return [*contrasts, pooled] if pooled else contrasts


def _count_pairs(texts: Sequence[RatedText]) -> int:
    """Pairs of texts with different tiers, over all criteria and groups; what can be learned from at most."""
    n_pairs = 0
    for number in range(len(texts[0].tiers) if texts else 0):
        counts = np.unique([one.tiers[number] for one in texts if one.tiers[number] != MISSING], return_counts=True)[1]
        n_pairs += int((counts.sum() ** 2 - (counts**2).sum()) // 2)
    return n_pairs
