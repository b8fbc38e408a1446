"""The shape `dpo`: a prompt, a chosen and a rejected completion per row.

Under a rubric of preferences each item that is decided is a pair. Under any other rubric the items of one group
compete: one that qualifies is chosen over one that does not, or, under a rubric that ranks, the one that more people
ranked before the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final

import orjson

from annotations.rubrics import MISSING
from models_llm.datasets.candidates import DecidedItem
from models_llm.datasets.plan import Plan
from models_llm.datasets.prompts import render_completion, render_prompt
from models_llm.datasets.rankings import preferred_pairs, ranked_groups, spread_evenly
from models_llm.datasets.tally import Tally
from models_llm.datasets.training import messages_type

if TYPE_CHECKING:
    import pyarrow as pa

SIDES: Final = ("a", "b")
"""Keys of the levels that prefer the first and the second candidate; every other level prefers neither."""
LENGTHS_MATCH_WITHIN: Final = 0.1


def dpo_schema() -> pa.Schema:
    """TRL's preference type with an explicit prompt, and our own columns."""
    import pyarrow as pa

    return pa.schema(
        [
            ("prompt", messages_type()),
            ("chosen", messages_type()),
            ("rejected", messages_type()),
            ("chosen_id", pa.string()),
            ("rejected_id", pa.string()),
            ("group", pa.string()),
            ("label_source", pa.string()),
            ("weight", pa.float64()),
        ]
    )


def dpo_rows(items: Iterable[DecidedItem], plan: Plan, tally: Tally) -> Iterator[dict[str, Any]]:
    """Pairs; ties, undecided items and pairs over the limit are counted as left out.

    Args:
        items: those of one group next to each other, where the rubric has no preference.
    """
    if plan.preferences:
        return _pairs_of_preferences(items, plan, tally)
    if plan.ranking is not None:
        return _pairs_of_rankings(items, plan, tally)
    return _pairs_of_groups(items, plan, tally)


def _pairs_of_preferences(items: Iterable[DecidedItem], plan: Plan, tally: Tally) -> Iterator[dict[str, Any]]:
    keys = [[level.key for level in plan.rubric.criteria[position].levels] for position in plan.preferences]
    for item in items:
        levels = [item.levels[position] for position in plan.preferences]
        if MISSING in levels:
            tally.left_out[item.reason or "undecided"] += 1
            continue
        preferred = {level_keys[level] for level_keys, level in zip(keys, levels, strict=True)}
        candidates = item.candidate()
        if len(candidates) != 2:
            tally.left_out["not_two_candidates"] += 1
        elif preferred not in ({"a"}, {"b"}):  # a tie, or criteria that prefer different candidates
            tally.left_out["tie"] += 1
        else:
            chosen = SIDES.index(preferred.pop())
            tally.n_used += 1
            yield _pair(item, candidates[chosen], item, candidates[1 - chosen], plan, tally)


def _pairs_of_groups(items: Iterable[DecidedItem], plan: Plan, tally: Tally) -> Iterator[dict[str, Any]]:
    for group, members in groupby(items, key=lambda item: item.group):
        if group is None:
            tally.left_out["no_group"] += sum(1 for _ in members)
            continue
        # A pair has one prompt: members of a group whose contexts differ after all cannot be compared.
        prompts = [_split(same_prompt, tally) for _, same_prompt in groupby(members, key=lambda item: item.context)]
        for good, bad in prompts:
            if good and bad:
                yield from _pairs_of_prompt(good, bad, plan, tally)
            else:
                tally.left_out["no_contrast" if len(prompts) == 1 else "context_differs"] += len(good) + len(bad)


def _pairs_of_rankings(items: Iterable[DecidedItem], plan: Plan, tally: Tally) -> Iterator[dict[str, Any]]:
    """Of each two candidates that somebody has ranked together, that which more rankers put before the other."""
    for ranked in ranked_groups(items, tally):
        pairs = preferred_pairs(ranked, tally)
        taken = spread_evenly(pairs, plan.max_per_prompt)
        tally.pairs["over_limit"] += len(pairs) - len(taken)
        possible = {item.external_id for pair in pairs for item in pair}
        used = {item.external_id for pair in taken for item in pair}
        tally.n_used += len(used)
        tally.left_out["over_limit"] += len(possible) - len(used)
        tally.left_out["no_contrast"] += len(ranked) - len(possible)
        for chosen, rejected in taken:
            yield _pair(
                chosen, chosen.candidate()[0], rejected, rejected.candidate()[0], plan, tally, weight=chosen.weight
            )  # fmt: skip


def _pairs_of_prompt(
    good: list[DecidedItem], bad: list[DecidedItem], plan: Plan, tally: Tally
) -> Iterator[dict[str, Any]]:
    used: set[str] = set()
    for chosen, rejected in islice(_spread(good, bad), plan.max_per_prompt):
        used.update((chosen.external_id, rejected.external_id))
        yield _pair(chosen, chosen.candidate()[0], rejected, rejected.candidate()[0], plan, tally)
    if plan.max_per_prompt is not None:
        tally.pairs["over_limit"] += max(0, len(good) * len(bad) - plan.max_per_prompt)
    tally.n_used += len(used)
    tally.left_out["over_limit"] += len(good) + len(bad) - len(used)


def _split(members: Iterable[DecidedItem], tally: Tally) -> tuple[list[DecidedItem], list[DecidedItem]]:
    """Items of a group that qualify and that do not, each text once and none that is on both sides."""
    by_text: dict[str, list[DecidedItem]] = {}
    for item in members:
        if item.qualifies is None:
            tally.left_out[item.reason or "undecided"] += 1
        elif len(item.candidate()) != 1:
            tally.left_out["not_one_candidate"] += 1
        else:
            by_text.setdefault(item.candidates, []).append(item)
    good: list[DecidedItem] = []
    bad: list[DecidedItem] = []
    for equal in by_text.values():
        if len({item.qualifies for item in equal}) > 1:
            tally.left_out["contradictory"] += len(equal)
        else:
            tally.left_out["duplicate"] += len(equal) - 1
            (good if equal[0].qualifies else bad).append(equal[0])
    return good, bad


def _spread(good: Sequence[DecidedItem], bad: Sequence[DecidedItem]) -> Iterator[tuple[DecidedItem, DecidedItem]]:
    """Every pair once, so ordered that a limit takes as many different candidates as it can.

    Walks the diagonals of the table good x bad of the longer side's length.
    """
    longer, shorter = (good, bad) if len(good) >= len(bad) else (bad, good)
    for shift in range(len(shorter)):
        for position, one in enumerate(longer):
            other = shorter[(position + shift) % len(shorter)]
            yield (one, other) if longer is good else (other, one)


def _pair(
    chosen: DecidedItem,
    chosen_candidate: Any,
    rejected: DecidedItem,
    rejected_candidate: Any,
    plan: Plan,
    tally: Tally,
    *,
    weight: float | None = None,
) -> dict[str, Any]:
    """One row.

    Args:
        weight: how many pairs it stands for, where its two were drawn together; by default they were not, so that the
            pair's probability is the product of theirs.
    """
    if weight is None:
        weight = chosen.weight if chosen is rejected else chosen.weight * rejected.weight
    chosen_messages, rejected_messages = render_completion(chosen_candidate), render_completion(rejected_candidate)
    _measure(len(chosen_messages[0]["content"]), len(rejected_messages[0]["content"]), tally)
    one_source = chosen.label_source == rejected.label_source
    return {
        "prompt": render_prompt(plan.kind, orjson.loads(chosen.context)),
        "chosen": chosen_messages,
        "rejected": rejected_messages,
        "chosen_id": chosen.external_id,
        "rejected_id": rejected.external_id,
        "group": chosen.group,
        "label_source": chosen.label_source if one_source else "both",
        "weight": weight,
    }


def _measure(chosen_length: int, rejected_length: int, tally: Tally) -> None:
    """What a reader needs to see whether the pairs teach length."""
    tally.measures["chosen_characters"] += chosen_length
    tally.measures["rejected_characters"] += rejected_length
    tally.measures["chosen_is_longer"] += chosen_length > rejected_length
    longest = max(chosen_length, rejected_length)
    tally.measures["length_matched"] += abs(chosen_length - rejected_length) <= LENGTHS_MATCH_WITHIN * longest
