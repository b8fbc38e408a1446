"""The list of shapes. A shape is its schema, its rows and what people are told about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from annotations.sentences import sentence as _
from models_llm.choices import Shape
from models_llm.datasets.blocks import Block
from models_llm.datasets.candidates import DecidedItem, decided_items
from models_llm.datasets.judged import judged_schema, judged_tables
from models_llm.datasets.plan import Plan
from models_llm.datasets.preferences import SIDES, dpo_rows, dpo_schema
from models_llm.datasets.tally import Tally
from models_llm.datasets.training import kto_rows, kto_schema, sft_rows, sft_schema
from models_llm.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_GROUP: Final = 4096
Rows = Callable[[Iterable[DecidedItem], Plan, Tally], Iterator[dict[str, Any]]]


class Order(StrEnum):
    """How a shape needs its items sorted; within it always by external id, bytewise."""

    BY_ID = "by_id"
    EQUAL_TOGETHER = "equal_together"
    """Items of one context next to each other, and in them equal candidates."""
    GROUP_TOGETHER = "group_together"
    """Items of one group next to each other, and in it those of one context."""


@dataclass(frozen=True)
class ShapeSpec:
    """One shape of data set.

    Attributes:
        summary: what a row is, for the page and the card.
        schema: Arrow columns under a plan.
        tables: rows of blocks under a plan, counting into a tally.
        order: the order the blocks must come in.
        is_training: whether a model is trained on it; then no gold is in it.
        max_per_prompt: limit used when none is asked for.
    """

    name: Shape
    title: str
    summary: str
    schema: Callable[[Plan], pa.Schema]
    tables: Callable[[Iterable[Block], Plan, Tally], Iterator[pa.Table]]
    order: Callable[[Plan], Order]
    is_training: bool
    max_per_prompt: int | None = None

    def check(self, plan: Plan) -> None:
        """Refuse a plan that can give no rows at all.

        Raises: DatasetError.
        """
        if not self.is_training:
            return
        if plan.is_calibrated:
            raise DatasetError(
                _("shape %(name)s: has no place for calibrated probabilities; the shape judged has", name=self.name)
            )
        if self.name == Shape.DPO and plan.preferences:
            for position in plan.preferences:
                criterion = plan.rubric.criteria[position]
                if not set(SIDES) <= criterion.positions.keys():
                    raise DatasetError(
                        _(
                            "shape dpo: expected criterion “%(criterion)s” to have the levels a and b, it has "
                            "%(levels)s",
                            criterion=criterion.key,
                            levels=", ".join(criterion.positions),
                        )
                    )
        elif plan.ranking is not None and self.name in (Shape.DPO, Shape.SFT):
            return
        elif plan.ranking is not None and not plan.ranking.has_line:
            raise DatasetError(
                _(
                    "shape %(name)s: “%(rubric)s” says which candidate is better and not which is good, because none "
                    "can be below the line; the shapes dpo, sft and judged can be exported",
                    name=self.name,
                    rubric=plan.rubric.name,
                )
            )
        elif not plan.can_qualify:
            raise DatasetError(
                _(
                    "shape %(name)s: expected a rubric with levels that pass, “%(rubric)s” has none; the shapes "
                    "judged and, for preferences, dpo can be exported",
                    name=self.name,
                    rubric=plan.rubric.name,
                )
            )


def _training_tables(
    schema: Callable[[], pa.Schema], rows: Rows
) -> Callable[[Iterable[Block], Plan, Tally], Iterator[pa.Table]]:
    def tables(blocks: Iterable[Block], plan: Plan, tally: Tally) -> Iterator[pa.Table]:
        import pyarrow as pa

        made = rows(decided_items(blocks, plan, tally), plan, tally)
        while chunk := list(islice(made, ROWS_PER_GROUP)):
            tally.n_rows += len(chunk)
            for row in chunk:
                tally.by_source[row["label_source"]] += 1
            yield pa.Table.from_pylist(chunk, schema=schema())

    return tables


SHAPES: Final = (
    ShapeSpec(
        name=Shape.JUDGED,
        title="Judged items",
        summary="One row per item: people's ratings counted, their consensus, every judge's verdict with its "
        "rationale, and whether the item qualifies. For analysis and for training a judge. Gold items are in it, "
        "marked.",
        schema=judged_schema,
        tables=judged_tables,
        order=lambda _plan: Order.BY_ID,
        is_training=False,
    ),
    ShapeSpec(
        name=Shape.SFT,
        title="Supervised fine-tuning",
        summary="Prompt and completion, only of items that qualify: rejection sampling. Of a ranked group, the "
        "candidate that its rankers put first. TRL's prompt-completion type.",
        schema=lambda _plan: sft_schema(),
        tables=_training_tables(sft_schema, sft_rows),
        order=lambda plan: Order.EQUAL_TOGETHER if plan.ranking is None else Order.GROUP_TOGETHER,
        is_training=True,
    ),
    ShapeSpec(
        name=Shape.KTO,
        title="Good and bad completions",
        summary="Prompt, completion and a label that says whether the item qualifies, or, in a ranked group, deserves "
        "a place. TRL's unpaired preference type.",
        schema=lambda _plan: kto_schema(),
        tables=_training_tables(kto_schema, kto_rows),
        order=lambda _plan: Order.EQUAL_TOGETHER,
        is_training=True,
    ),
    ShapeSpec(
        name=Shape.DPO,
        title="Preference pairs",
        summary="Prompt, chosen and rejected: decided pairs of a preference rubric, or, in a group, a candidate that "
        "qualifies over one that does not, and of a ranked group one over another that more people put behind it. "
        "TRL's preference type.",
        schema=lambda _plan: dpo_schema(),
        tables=_training_tables(dpo_schema, dpo_rows),
        order=lambda plan: Order.BY_ID if plan.preferences else Order.GROUP_TOGETHER,
        is_training=True,
        max_per_prompt=4,
    ),
)


def find_shape(name: str) -> ShapeSpec:
    """The shape of that name.

    Raises: DatasetError, listing the names there are.
    """
    for shape in SHAPES:
        if shape.name == name:
            return shape
    raise DatasetError(
        _(
            "expected one of the shapes %(known)s, got “%(name)s”",
            known=", ".join(shape.name for shape in SHAPES),
            name=name,
        )
    )
