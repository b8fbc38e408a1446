"""Items as the training shapes see them: one after the other, decided or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import orjson

from annotations.rubrics import MISSING
from models_llm.datasets.blocks import Block
from models_llm.datasets.decisions import BY_JUDGE, BY_PEOPLE, NOBODY, SOURCES, UNKNOWN, Decisions, decide
from models_llm.datasets.judged import weights
from models_llm.datasets.plan import Plan
from models_llm.datasets.tally import Tally

JUDGE: Final = -1
"""The number of the judge among rankers; people have numbers from 0."""


@dataclass(frozen=True)
class DecidedItem:
    """One item that is no gold, with what the source of labels says of it.

    Attributes:
        context, candidates: JSON texts.
        qualifies: None where that cannot be said.
        reason: why the item is not decided, None where it is.
        places: under a rubric that ranks, the place that each ranker of the deciding source gave it, by ranker.
    """

    external_id: str
    group: str | None
    context: str
    candidates: str
    producer: str
    round: int | None
    weight: float
    levels: tuple[int, ...]
    qualifies: bool | None
    label_source: str | None
    reason: str | None
    places: Mapping[int, int] = field(default_factory=dict)

    def candidate(self) -> list[Any]:
        candidates: list[Any] = orjson.loads(self.candidates)
        return candidates

    def row_head(self) -> dict[str, Any]:
        """The columns beside the trainer's own. Trainers ignore them, people and audits do not."""
        return {
            "external_id": self.external_id,
            "producer": self.producer,
            "round": self.round,
            "label_source": self.label_source,
            "weight": self.weight,
        }


def decided_items(blocks: Iterable[Block], plan: Plan, tally: Tally) -> Iterator[DecidedItem]:
    """The items of some blocks. Gold never gets out of here: it is counted and dropped."""
    for block in blocks:
        decisions = decide(block, plan)
        weight = weights(block, plan)
        places = _places(block, decisions) if plan.ranking is not None else [{}] * block.n_items
        tally.n_items += block.n_items
        for i in range(block.n_items):
            if block.is_gold[i]:
                tally.left_out["gold"] += 1
                continue
            qualifies, source = decisions.qualifies[i], decisions.source[i]
            yield DecidedItem(
                external_id=block.external_ids[i],
                group=block.groups[i],
                context=block.contexts[i],
                candidates=block.candidates[i],
                producer=block.producers[i],
                round=block.rounds[i],
                weight=weight[i],
                levels=tuple(decisions.levels[i].tolist()),
                qualifies=None if qualifies == UNKNOWN else bool(qualifies),
                label_source=None if source == NOBODY else SOURCES[source],
                reason=decisions.reasons[i],
                places=places[i],
            )


def _places(block: Block, decisions: Decisions) -> list[dict[int, int]]:
    """By item of the block what each person said of it; what the judge said, where that decides."""
    places: list[dict[int, int]] = [{} for _ in range(block.n_items)]
    said = block.annotations
    for item, rater, level in zip(said.item.tolist(), said.rater.tolist(), said.levels[:, 0].tolist(), strict=True):
        if decisions.source[item] == BY_PEOPLE and level != MISSING:
            places[item][rater] = level
    for item in np.flatnonzero(decisions.source == BY_JUDGE).tolist():
        if decisions.levels[item, 0] != MISSING:
            places[item][JUDGE] = int(decisions.levels[item, 0])
    return places
