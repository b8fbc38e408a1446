"""What a ranked group says: which of two candidates is better, and which comes first.

Of two candidates those decide that ranked both: the better one is that which more of them put before the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby
from typing import Final

from annotations.rubrics import Preference, preference
from models_llm.datasets.candidates import DecidedItem
from models_llm.datasets.tally import Tally

Pair = tuple[DecidedItem, DecidedItem]
_BEST: Final = 0


def ranked_groups(items: Iterable[DecidedItem], tally: Tally) -> Iterator[list[DecidedItem]]:
    """The candidates of each group that the deciding source ranked; the others are counted as left out.

    Args:
        items: those of one group next to each other.
    """
    for group, members in groupby(items, key=lambda item: item.group):
        ranked: list[DecidedItem] = []
        for item in members:
            if group is None:
                tally.left_out["no_group"] += 1
            elif not item.places:
                tally.left_out[item.reason or "unrated"] += 1
            elif len(item.candidate()) != 1:
                tally.left_out["not_one_candidate"] += 1
            else:
                ranked.append(item)
        yield ranked


def preferred_pairs(ranked: Sequence[DecidedItem], tally: Tally) -> list[Pair]:
    """The better and the worse of each two; those that tie, or say the same, are counted and left out."""
    pairs = []
    for one, other in combinations(ranked, 2):
        said = _said(one, other)
        if said is None:
            tally.pairs["not_ranked_together"] += 1
        elif one.candidates == other.candidates:
            tally.pairs["same_text"] += 1
        elif said.n_before == said.n_behind:
            tally.pairs["tie"] += 1
        else:
            pairs.append((one, other) if said.n_before > said.n_behind else (other, one))
    return pairs


def first_placed(ranked: Sequence[DecidedItem], tally: Tally) -> list[DecidedItem]:
    """The candidate that is better than each other of its group, or the several that all rankers tie for that.

    None where rankers do not agree on which is first, or nobody put it there. Whichever does not deserve a place, by
    most of the rankers, is not taken either; nor is the same text twice.
    """
    firsts = [
        item
        for item in ranked
        if _BEST in item.places.values()  # else one that is not here, such as gold, was before it
        and all(_is_not_behind(item, other) for other in ranked if other is not item)
    ]
    tally.left_out["not_first" if firsts else "no_first"] += len(ranked) - len(firsts)
    taken: dict[str, DecidedItem] = {}
    for item in firsts:
        if item.qualifies is False:
            tally.left_out["unqualified"] += 1
        elif item.reason is not None:
            tally.left_out[item.reason] += 1
        elif item.candidates in taken:
            tally.left_out["duplicate"] += 1
        else:
            taken[item.candidates] = item
    return list(taken.values())


def spread_evenly(pairs: Sequence[Pair], limit: int | None) -> list[Pair]:
    """As many as the limit lets in, each time that whose two are in the fewest so far."""
    if limit is None or len(pairs) <= limit:
        return list(pairs)
    left, n_in = list(pairs), Counter[str]()
    taken: list[Pair] = []
    while len(taken) < limit:
        least = min(range(len(left)), key=lambda at: sum(n_in[item.external_id] for item in left[at]))
        taken.append(left.pop(least))
        n_in.update(item.external_id for item in taken[-1])
    return taken


def _said(one: DecidedItem, other: DecidedItem) -> Preference | None:
    """None where nobody ranked both, or their contexts differ after all."""
    said = preference(one.places, other.places)
    return said if said.n and one.context == other.context else None


def _is_not_behind(item: DecidedItem, other: DecidedItem) -> bool:
    """Whether an item is better than another, is tied with it by all who ranked both, or says the same."""
    said = _said(item, other)
    if said is None:
        return False
    return said.n_before > said.n_behind or said.n_tied == said.n or item.candidates == other.candidates
