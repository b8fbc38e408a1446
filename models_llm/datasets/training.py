"""The shapes `sft` and `kto`: a prompt and one completion per row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import orjson

from models_llm.datasets.candidates import DecidedItem
from models_llm.datasets.plan import Plan
from models_llm.datasets.prompts import render_completion, render_prompt
from models_llm.datasets.rankings import first_placed, ranked_groups
from models_llm.datasets.tally import Tally

if TYPE_CHECKING:
    import pyarrow as pa


def messages_type() -> pa.DataType:
    """A list of messages, as TRL reads conversations."""
    import pyarrow as pa

    return pa.list_(pa.field("element", pa.struct([("role", pa.string()), ("content", pa.string())])))


def sft_schema() -> pa.Schema:
    """TRL's prompt-completion type and our own columns."""
    import pyarrow as pa

    return pa.schema([("prompt", messages_type()), ("completion", messages_type()), *_own_fields()])


def kto_schema() -> pa.Schema:
    """TRL's unpaired preference type and our own columns."""
    import pyarrow as pa

    return pa.schema(
        [("prompt", messages_type()), ("completion", messages_type()), ("label", pa.bool_()), *_own_fields()]
    )


def sft_rows(items: Iterable[DecidedItem], plan: Plan, tally: Tally) -> Iterator[dict[str, Any]]:
    """A row for each item that qualifies, at most `max_per_prompt` of one prompt; of a ranked group for its first.

    Args:
        items: equal items next to each other, and items of one context next to each other; under a rubric that ranks
            those of one group.
    """
    if plan.ranking is not None:
        return _firsts_of_groups(items, plan, tally)
    return _qualifying(items, plan, tally)


def _firsts_of_groups(items: Iterable[DecidedItem], plan: Plan, tally: Tally) -> Iterator[dict[str, Any]]:
    for ranked in ranked_groups(items, tally):
        firsts = first_placed(ranked, tally)
        taken = firsts[: plan.max_per_prompt]
        tally.left_out["over_limit"] += len(firsts) - len(taken)
        tally.n_used += len(taken)
        for item in taken:
            yield _prompt_and_completion(item, plan) | item.row_head()


def _qualifying(items: Iterable[DecidedItem], plan: Plan, tally: Tally) -> Iterator[dict[str, Any]]:
    for _, same_prompt in groupby(distinct_items(items, tally), key=lambda item: item.context):
        n_of_prompt = 0
        for item in same_prompt:
            if not item.qualifies:
                tally.left_out["unqualified"] += 1
            elif plan.max_per_prompt is not None and n_of_prompt >= plan.max_per_prompt:
                tally.left_out["over_limit"] += 1
            else:
                n_of_prompt += 1
                tally.n_used += 1
                yield _prompt_and_completion(item, plan) | item.row_head()


def kto_rows(items: Iterable[DecidedItem], plan: Plan, tally: Tally) -> Iterator[dict[str, Any]]:
    """A row for each decided item; its label says whether it qualifies. Needs the same order as `sft_rows`."""
    for item in distinct_items(items, tally):
        tally.n_used += 1
        tally.measures["desirable" if item.qualifies else "undesirable"] += 1
        yield _prompt_and_completion(item, plan) | {"label": item.qualifies} | item.row_head()


def distinct_items(items: Iterable[DecidedItem], tally: Tally) -> Iterator[DecidedItem]:
    """Decided items of one candidate, each text once.

    Of equal items the first stands for all; where one qualifies and another does not, none is kept, because the
    same text would be taught both ways.
    """
    for _, equal in groupby(items, key=lambda item: (item.context, item.candidates)):
        decided = []
        for item in equal:
            if item.qualifies is None:
                tally.left_out[item.reason or "undecided"] += 1
            else:
                decided.append(item)
        if not decided:
            continue
        if len(decided[0].candidate()) != 1:
            tally.left_out["not_one_candidate"] += len(decided)
        elif len({item.qualifies for item in decided}) > 1:
            tally.left_out["contradictory"] += len(decided)
        else:
            tally.left_out["duplicate"] += len(decided) - 1
            yield decided[0]


def _prompt_and_completion(item: DecidedItem, plan: Plan) -> dict[str, Any]:
    return {
        "prompt": render_prompt(plan.kind, orjson.loads(item.context)),
        "completion": render_completion(item.candidate()[0]),
    }


def _own_fields() -> list[pa.Field]:
    import pyarrow as pa

    return [
        pa.field("external_id", pa.string()),
        pa.field("producer", pa.string()),
        pa.field("round", pa.int32()),
        pa.field("label_source", pa.string()),
        pa.field("weight", pa.float64()),
    ]
