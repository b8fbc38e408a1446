"""The shape `judged`: one row per item, with everything that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annotations.rubrics import MISSING, CriterionSpec, RubricSpec
from models_llm.datasets.blocks import CALIBRATED_BY, Block, LevelArray, Verdicts
from models_llm.datasets.decisions import NOBODY, SOURCES, UNKNOWN, Decisions, decide, qualify
from models_llm.datasets.plan import Plan
from models_llm.datasets.tally import Tally

if TYPE_CHECKING:
    import pyarrow as pa


def judged_schema(plan: Plan) -> pa.Schema:
    """Columns of a judged item; levels are named by their keys."""
    import pyarrow as pa

    rubric = plan.rubric
    levels = pa.struct([(criterion.key, pa.string()) for criterion in rubric.criteria])
    judge = pa.struct(
        [
            ("judge", pa.string()),
            ("version", pa.int32()),
            ("outcome", pa.string()),
            ("qualifies", pa.bool_()),
            ("levels", levels),
            ("rationale", pa.string()),
            ("rationales", pa.struct([(criterion.key, pa.string()) for criterion in rubric.criteria])),
            *([("probabilities", _probabilities_type(rubric))] if plan.is_calibrated else []),
        ]
    )
    return pa.schema(
        [
            pa.field("external_id", pa.string(), nullable=False),
            ("group", pa.string()),
            ("producer", pa.string()),
            ("round", pa.int32()),
            ("context", pa.string()),
            ("candidates", pa.string()),
            ("slices", pa.string()),
            ("is_gold", pa.bool_()),
            ("people", pa.struct([(criterion.key, _people_type(criterion)) for criterion in rubric.criteria])),
            ("people_qualify", pa.bool_()),
            ("judges", pa.list_(pa.field("element", judge))),
            ("label_source", pa.string()),
            ("label_levels", levels),
            ("qualifies", pa.bool_()),
            ("left_out", pa.string()),
            ("selection_probability", pa.float64()),
            ("weight", pa.float64()),
        ]
    )


def judged_tables(blocks: Iterable[Block], plan: Plan, tally: Tally) -> Iterator[pa.Table]:
    """One table per block. Every item has a row; `left_out` says why a training shape would not take it."""
    schema = judged_schema(plan)
    for block in blocks:
        decisions = decide(block, plan)
        tally.n_items += block.n_items
        tally.n_used += block.n_items
        tally.n_rows += block.n_items
        tally.by_source.update(_source_names(decisions))
        yield _table(block, decisions, plan, schema)


def _table(block: Block, decisions: Decisions, plan: Plan, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    criteria = plan.rubric.criteria
    columns = {
        "external_id": block.external_ids,
        "group": block.groups,
        "producer": block.producers,
        "round": block.rounds,
        "context": block.contexts,
        "candidates": block.candidates,
        "slices": block.slices,
        "is_gold": block.is_gold,
        "people": _people(decisions, criteria),
        "people_qualify": _tristate(decisions.people_qualify),
        "judges": _judges(block, plan, schema.field("judges").type),
        "label_source": pa.array(SOURCES).take(pa.array(decisions.source, mask=decisions.source == NOBODY)),
        "label_levels": _levels(decisions.levels, criteria),
        "qualifies": _tristate(decisions.qualifies),
        "left_out": [
            "gold" if is_gold else reason for is_gold, reason in zip(block.is_gold, decisions.reasons, strict=True)
        ],
        "selection_probability": block.probabilities,
        "weight": weights(block, plan),
    }
    return pa.Table.from_arrays(
        [
            column if isinstance(column, pa.Array) else pa.array(column, schema.field(name).type)
            for name, column in columns.items()
        ],
        schema=schema,
    )


def weights(block: Block, plan: Plan) -> list[float]:
    """How many items each item stands for: the inverse of its selection probability where people decide, else 1."""
    if not plan.weighs_by_selection:
        return [1.0] * block.n_items
    return [1.0 if probability is None else 1.0 / probability for probability in block.probabilities]


def _people_type(criterion: CriterionSpec) -> pa.DataType:
    import pyarrow as pa

    counts = pa.struct([(level.key, pa.int32()) for level in criterion.levels])
    return pa.struct([("n", pa.int32()), ("counts", counts), ("consensus", pa.string())])


def _people(decisions: Decisions, criteria: Sequence[CriterionSpec]) -> pa.StructArray:
    import pyarrow as pa

    structs = []
    for position, criterion in enumerate(criteria):
        counts = decisions.counts[:, position, : len(criterion.levels)].astype(np.int32)
        by_level = pa.StructArray.from_arrays(
            [pa.array(np.ascontiguousarray(column)) for column in counts.T],
            names=[level.key for level in criterion.levels],
        )
        consensus = _level_keys(decisions.consensus[:, position], criterion)
        structs.append(
            pa.StructArray.from_arrays(
                [pa.array(counts.sum(axis=1, dtype=np.int32)), by_level, consensus], names=["n", "counts", "consensus"]
            )
        )
    return pa.StructArray.from_arrays(structs, names=[criterion.key for criterion in criteria])


def _probabilities_type(rubric: RubricSpec) -> pa.DataType:
    import pyarrow as pa

    # In single precision, as judges' shares are stored: the last digits of a logarithm differ between processors.
    probability = pa.struct([("given", pa.float32()), ("calibrated", pa.float32()), ("by", pa.string())])
    return pa.struct([(criterion.key, probability) for criterion in rubric.criteria])


def _judges(block: Block, plan: Plan, column_type: pa.DataType) -> pa.ListArray:
    import pyarrow as pa

    verdicts, criteria = block.verdicts, plan.rubric.criteria
    judge = pa.array(verdicts.judge)
    fields = [
        pa.array([name.name for name in plan.judges], pa.string()).take(judge),
        pa.array([name.version for name in plan.judges], pa.int32()).take(judge),
        pa.array(verdicts.outcome, pa.string()),
        _tristate(qualify(verdicts.levels, plan.rubric)),
        _levels(verdicts.levels, criteria),
        pa.array(verdicts.rationale, pa.string()),
        pa.StructArray.from_arrays(
            [pa.array(texts, pa.string()) for texts in verdicts.rationales],
            names=[criterion.key for criterion in criteria],
        ),
        *([_probabilities(verdicts, plan.rubric)] if plan.is_calibrated else []),
    ]
    ends = np.searchsorted(verdicts.item, np.arange(block.n_items + 1)).astype(np.int32)
    values = pa.StructArray.from_arrays(fields, fields=list(column_type.value_type))
    return pa.ListArray.from_arrays(pa.array(ends), values, type=column_type)


def _probabilities(verdicts: Verdicts, rubric: RubricSpec) -> pa.StructArray:
    import pyarrow as pa

    column_type = _probabilities_type(rubric)
    return pa.StructArray.from_arrays(
        [
            pa.StructArray.from_arrays(
                [
                    pa.array(one.given.astype(np.float32)),
                    pa.array(one.calibrated.astype(np.float32)),
                    pa.array(CALIBRATED_BY).take(pa.array(one.by)),
                ],
                fields=list(field.type),
                mask=pa.array(np.isnan(one.given)),
            )
            for field, one in zip(column_type, verdicts.probabilities, strict=True)
        ],
        fields=list(column_type),
    )


def _levels(levels: LevelArray, criteria: Sequence[CriterionSpec]) -> pa.StructArray:
    import pyarrow as pa

    return pa.StructArray.from_arrays(
        [_level_keys(levels[:, position], criterion) for position, criterion in enumerate(criteria)],
        names=[criterion.key for criterion in criteria],
    )


def _level_keys(levels: NDArray[Any], criterion: CriterionSpec) -> pa.StringArray:
    import pyarrow as pa

    positions = pa.array(levels, mask=levels == MISSING)
    return pa.array([level.key for level in criterion.levels], pa.string()).take(positions)


def _tristate(qualifies: NDArray[np.int8]) -> pa.BooleanArray:
    import pyarrow as pa

    return pa.array(qualifies == 1, mask=qualifies == UNKNOWN)


def _source_names(decisions: Decisions) -> dict[str, int]:
    counts = {name: int((decisions.source == position).sum()) for position, name in enumerate(SOURCES)}
    counts["nobody"] = int((decisions.source == NOBODY).sum())
    return {name: n for name, n in counts.items() if n}
